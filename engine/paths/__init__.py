"""What lies between two values of a graph, as columns of numbers, each pass linear in the graph.

The arrows between them (arrows), the values that cut every path (cuts), the largest paths (largest), what a gradient
of zero is (zeros), which numbers have changed since (earlier). May be imported: all. Start with arrows.
"""
