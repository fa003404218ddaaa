"""The lesson's network on Fisher's 150 irises: `python -m demos.iris` trains it, and shows what it makes of them.

`flowers` reads, scales and splits them, `page` prints the tables, `pictures` computes what demos.surfaces draws. May be
imported: flowers, by whoever wants to train on them. Start with __main__.
"""
