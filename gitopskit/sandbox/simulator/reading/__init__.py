"""Everything that is read: objects, lists, watches, tables, discovery, schemas, and what only a kubelet could answer."""
