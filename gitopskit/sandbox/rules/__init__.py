"""Rules that users write in CEL, the Common Expression Language: is an expression sound, and what does it come to?

`language` compiles and evaluates, on the library ``celpy``; `checking` says beforehand what would not work; `functions` and `amounts` and
`addresses` are what Kubernetes adds to the language. `custom` asks the rules in the schemas of custom kinds. Admission policies use the
same language one storey up.

The trap that shaped it: the library finds out about an unknown name only when it gets there, and a rule that is never evaluated seems to
hold. So every expression is gone through when it is written down, and whatever is not known here refuses it.

References
----------
Kubernetes, "Common Expression Language in Kubernetes"; the CEL language definition.
"""
