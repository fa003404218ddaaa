"""glassgrad beside other engines: speed, memory, depth and start. Run it as `make bench` or `python -m benchmarks`."""
