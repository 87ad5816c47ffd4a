"""One module per family. Every public function of one argument, `mx`, is a case."""
