namespace Microsoft.ML.TargetProp.Tests.Core;

/// <summary>The optimizers as their papers define them, in double precision, one parameter after the other.</summary>
internal abstract class ReferenceOptimizer(double weightDecay)
{
    /// <summary>Moves <paramref name="parameters"/> against <paramref name="updates"/>. Weights decay first.</summary>
    public void Step(double[] parameters, double[] updates, bool[] isWeight, double rate)
    {
        BeginStep();
        for (int i = 0; i < parameters.Length; i++)
        {
            double decayed = isWeight[i] ? parameters[i] - rate * weightDecay * parameters[i] : parameters[i];
            parameters[i] = decayed - Move(i, parameters.Length, updates[i], rate);
        }
    }

    protected abstract void BeginStep();

    protected abstract double Move(int index, int count, double g, double rate);

    /// <summary>Kingma and Ba 2015, algorithm 1, with the decay of Loshchilov and Hutter 2019.</summary>
    public sealed class Adam(double weightDecay) : ReferenceOptimizer(weightDecay)
    {
        private double[] _m = [], _v = [];
        private int _t;

        protected override void BeginStep() => _t++;

        protected override double Move(int index, int count, double g, double rate)
        {
            if (_m.Length == 0)
                (_m, _v) = (new double[count], new double[count]);
            _m[index] = 0.9 * _m[index] + 0.1 * g;
            _v[index] = 0.999 * _v[index] + 0.001 * g * g;
            double mean = _m[index] / (1 - Math.Pow(0.9, _t)), variance = _v[index] / (1 - Math.Pow(0.999, _t));
            return rate * mean / (Math.Sqrt(variance) + 1e-8);
        }
    }

    /// <summary>Graves 2013, equations 38 to 41, with the published constants: averaging 0.95, momentum 0.9, and 0.001 inside the root.</summary>
    public sealed class CenteredRmsProp(double weightDecay) : ReferenceOptimizer(weightDecay)
    {
        private double[] _n = [], _g = [], _velocity = [];

        protected override void BeginStep()
        {
        }

        protected override double Move(int index, int count, double g, double rate)
        {
            if (_n.Length == 0)
                (_n, _g, _velocity) = (new double[count], new double[count], new double[count]);
            _n[index] = 0.95 * _n[index] + 0.05 * g * g;
            _g[index] = 0.95 * _g[index] + 0.05 * g;
            _velocity[index] = 0.9 * _velocity[index] - rate * g / Math.Sqrt(_n[index] - _g[index] * _g[index] + 0.001);
            return -_velocity[index];
        }
    }
}
