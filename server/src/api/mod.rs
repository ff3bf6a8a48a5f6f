//! `/api/v1`: what people's programs call, in JSON.
//!
//! Its routes are one list, of which the router and the OpenAPI document are built. A handler reads strictly,
//! calls one deed of the portal, and dresses what comes of it; whoever may not is told so by the portal's door.

use axum::{Json, handler::Handler, http::Method, middleware::from_fn};

use crate::{
    routes::{Route, SMALL, known, open},
    site::Site,
};

mod audit;
mod changeset;
mod data;
mod decision;
mod environment;
mod evaluate;
mod exception;
mod failure;
mod fleet;
mod health;
mod idempotency;
mod openapi;
mod operation;
mod policy;
mod promotion;
mod read;
mod release;
mod shown;
mod strict;
mod token;
mod version;

pub(crate) use operation::Operation;
pub(crate) use read::unreadable_pairs;
use strict::Known;

/// All routes of the API, and the document that describes them.
pub(crate) fn routes(site: &Site) -> Vec<Route> {
    let rooms = [
        health::routes,
        evaluate::routes,
        data::routes,
        decision::routes,
        policy::routes,
        changeset::routes,
        version::routes,
        release::routes,
        promotion::routes,
        exception::routes,
        fleet::routes,
        environment::routes,
        audit::routes,
        token::routes,
    ];
    let mut routes: Vec<Route> = rooms.iter().flat_map(|room| room(site)).collect();
    // It describes itself as well, so it stands in the list before it can be told.
    let itself = || Operation::new("Describes all of this").answers(200, "OpenApi", "This document.");
    let (name, path) = ("show document", openapi::PATH);
    routes.push(look_open(name, path, async || "", site, itself()));
    let document = openapi::document(&routes);
    routes.pop();
    routes.push(look_open(name, path, async move || Json(document), site, itself()));
    routes
}

/// A route that changes nothing.
fn look<H, T>(name: &'static str, path: &'static str, handler: H, site: &Site, operation: Operation) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let names = Known::of(&operation);
    let handler = handler.layer(from_fn(move |request, next| names.clone().alone(request, next)));
    Route { operation: Some(operation), ..known(name, Method::GET, path, handler, SMALL, site) }
}

/// The same, for strangers too.
fn look_open<H, T>(
    name: &'static str,
    path: &'static str,
    handler: H,
    site: &Site,
    operation: Operation,
) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let names = Known::of(&operation);
    let handler = handler.layer(from_fn(move |request, next| names.clone().alone(request, next)));
    Route { operation: Some(operation), ..open(name, Method::GET, path, handler, site) }
}

/// A question too long for an address: it changes nothing, and takes a body of up to `limit` bytes.
fn ask<H, T>(
    name: &'static str,
    path: &'static str,
    handler: H,
    limit: usize,
    site: &Site,
    operation: Operation,
) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let names = Known::of(&operation);
    let handler = handler.layer(from_fn(move |request, next| names.clone().alone(request, next)));
    Route { operation: Some(operation), ..known(name, Method::POST, path, handler, limit, site) }
}

/// A route that changes something.
fn act<H, T>(name: &'static str, path: &'static str, handler: H, site: &Site, operation: Operation) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    act_on_much(name, path, handler, SMALL, site, operation)
}

/// The same, with a body of up to `limit` bytes.
fn act_on_much<H, T>(
    name: &'static str,
    path: &'static str,
    handler: H,
    limit: usize,
    site: &Site,
    operation: Operation,
) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let portal = site.portal.clone();
    let handler =
        handler.layer(from_fn(move |request, next| idempotency::once(portal.clone(), path, request, next)));
    ask(name, path, handler, limit, site, Operation { changes: true, ..operation })
}
