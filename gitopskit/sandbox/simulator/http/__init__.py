"""HTTP/1.1 over TLS on loopback: framing within bounds, certificates, connections."""
