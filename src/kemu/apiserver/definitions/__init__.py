"""Definitions of custom kinds: what one may say, what follows from it, and what is served because of it.

======================  =============================================================================================
`forms.py`              a definition in the server's own form, of which complaints speak
`rules.py`              what a definition must be; `schemas.py`, `structure.py` and `default_values.py` judge its schema
`names.py`              which names are accepted, as conditions
`serving.py`            the rows of what is served
`following.py`          what the server does when a definition has changed
======================  =============================================================================================
"""
