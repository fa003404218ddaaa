"""The live page. May be imported: nothing yet. Start here."""
