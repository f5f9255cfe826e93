//! Releases and forks of QEMU in `QAPI_SHARED`: their schemas, their introspection data, their own
//! front-end cases, and what real servers of them replied.

mod capabilities;
mod explain;
mod isomorphic;
mod replies;
mod roots;
mod suites;
