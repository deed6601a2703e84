// libtorch uses its own threads. The threads of concurrent test classes would compete for the processors.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
