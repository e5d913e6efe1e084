"""The city's registries of owners: a file, a database, an HTTP service, and how they are asked together.

Each adapter turns whatever can go wrong into `RegistryDown`; around it stand, from the inside out, its
breaker and limits (`guarded`), its memory (`remembering`), and the chain of all of them (`chain`).
`opening` builds the whole from settings.
"""
