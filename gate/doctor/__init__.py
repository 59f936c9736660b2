"""Whether the gate can do its work here: the machine, the project, the variables and the platform, each with its remedy."""
