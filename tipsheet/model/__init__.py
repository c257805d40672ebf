"""The model of a publication: frozen values, without files, clock or network.

Read `audience` first: it holds the one function that decides who sees what.
"""
