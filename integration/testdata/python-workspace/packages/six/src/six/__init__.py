ORIGIN = "the workspace"
