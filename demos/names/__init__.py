"""A transformer of scalar Values that invents names: `python -m demos.names` trains it and looks into it.

`census` reads and splits the names and counts their pairs, `network` has the transformer and its recording, `page` what
is printed and drawn. May be imported: census and network, by whoever wants to train on them. Start with __main__.
"""
