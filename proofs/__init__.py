"""Proof that the tests would notice, and how exact, how robust, how large: what takes too long for each `make test`.

Each is a program of its own, and runs on demand: mutants (`make mutants`: every small change of the code is found by a
test; by the changes, listed where they live in mutants.md with the reasons of harmless.txt), coverage (`make coverage`,
by lines), exactness (`make exactness`, beside PyTorch and JAX by engines), fuzz (`make fuzz`), sizes (`make
sizes`). tests/README.md says which test holds which promise. Start with mutants.
"""
