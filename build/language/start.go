package language

// Port is the port that a web process listens on, as a start command writes it: what the platform says, or else 8080.
const Port = "${PORT:-8080}"

// OnAll is the address by which a server listens on all interfaces.
const OnAll = "0.0.0.0"

// NoStart is what is wrong with an app that neither its user nor a convention of its language starts.
const NoStart = "nothing says how the app starts"

// LookedFor is where the start of any app is looked for, before the conventions of its language: evidence of that problem.
const LookedFor = "looked for: BP_WHITTLE_START, processes in project.toml, Procfile"
