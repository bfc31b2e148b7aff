"""What is handed to an archive and to those who check: the deposit, and a second run held to it.

Here belongs what turns a finished build into one file that stands by itself, what is said of it in
the forms of CODECHECK and Zenodo, and the certificate of a reproduction. What a build was made of
is `compendium.provenance`'s, what may leave a secure site `compendium.release`'s.
"""
