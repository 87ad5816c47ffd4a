"""Programs and packages of MXNet's years, installed from the package index without their own mxnet, run on this one."""
