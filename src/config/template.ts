// The file that `sluice gateway init` writes: complete, commented, and right as it stands but for the names of others.

export const TEMPLATE = `# Configuration of the sluice gateway. Check it with: sluice gateway check
# Secrets stay out of this file: "\${env:NAME}" is an environment variable, "\${file:PATH}" the text of a file.
# Paths are relative to this file. Every key is explained in docs/configuration.md.

listen: 127.0.0.1:8080
# Beyond loopback, say where browsers and CLIs reach the gateway, and give it a certificate
# (or behind_tls_proxy: true, where a proxy in front of it ends TLS):
# public_url: https://gateway.example.com
# tls:
#   cert: cert.pem
#   key: key.pem

# Folder of the store and of the ledger's signing key; or a PostgreSQL database that several gateways share: postgres://…
store: .sluice

# The company's OpenID Connect issuer. Register the redirect URI <public_url>/signin/callback there.
identity:
  issuer: https://idp.example.com
  client_id: sluice
  client_secret: \${env:OIDC_CLIENT_SECRET}
  scopes: [openid, profile, email]    # many providers tell groups only where a scope asks for them, such as groups
  groups_claim: groups

# Groups of the identity provider that hold a role here.
roles:
  auditor: [security]
  # eraser: [privacy]                  # may erase whose entries are: sluice audit erase-subject

models:
  - name: qwen-coder
    dialect: openai-chat               # or a list; also openai-responses, anthropic, ollama
    upstream: http://127.0.0.1:9000/v1
    # upstream_model: qwen2.5-coder    # the server's own name for it, where it differs
    # context_length: 131072           # for editors that ask
    # credentials:                     # the gateway's own; callers never see them
    #   bearer: \${env:UPSTREAM_KEY}

# The first rule that names the model and one of the person's groups decides. Where none does, the request is denied.
policy:
  - rule: engineers
    models: [qwen-coder]       # or ["*"] for all
    groups: [engineering]      # or ["*"] for everyone signed in
    mask:                      # detectors or families (personal, secrets); [] masks nothing
      request: [personal, secrets]
      reply: [personal, secrets]

# masking:                     # the company's own detectors, and what found values leave as
#   detectors:
#     employee-id: { pattern: 'EMP-[0-9]{6}', family: personal }
#   modes: { card: partial }   # **** 1111

limits:
  body: 32MiB                  # largest request
  drain: 30s                   # how long streams may go on once the gateway is told to stop

log:
  level: info                  # debug, info, warn or error
`
