// The program on a terminal, as a newcomer meets it.
