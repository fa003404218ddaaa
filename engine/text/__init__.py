"""A graph in words and lines: what values are called (naming), a table of them (listing), what may mislead (notices,
moves, instructions), what completes an error (error_sentences), an operation with its operands (calls), what a terminal
wants (terminal).

May be imported: all. Start with naming.
"""
