// libtorch computes with threads of its own: test classes side by side would have them wait for one another's processors.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
