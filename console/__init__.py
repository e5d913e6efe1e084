"""The desk: a web console and an HTTP API over the ledger, the live board and the evidence.

It only reads. `Console` in `console.app` is what a process runs; NiceGUI lives in `app` and `page`, and
everything shown is made by pure functions and templates before it gets there.
"""
