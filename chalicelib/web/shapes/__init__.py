"""What routes answer, as types: the document of the contract is made from them, and tests hold every answer to it.

Views build plain JSON; nothing here runs at a request. A field that may be missing is declared as UNSET.
"""
