//! How answers leave: small ones as they are, large ones in slices.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{ResponseError as _, web};

use super::connections::socket_of;
use super::reading::{SLICE, Sliced};
use crate::app::App;

/// Wraps all routes, within what knows whose work is done.
///
/// # Errors
/// Those of the service within.
pub async fn send(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (app, socket) = (request.app_data::<web::Data<App>>().cloned(), socket_of(&request));
    let response = next.call(request).await?;
    let Some(app) = app else { return Ok(response.map_into_boxed_body()) };
    let mut refusal = None;
    let response = response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) if bytes.len() > SLICE => match app.answers.take(&bytes) {
            Ok(place) => BoxBody::new(Sliced::new(bytes, place, socket.map(|it| (it, app.config.limits.clone())))),
            Err(error) => {
                refusal = Some(error);
                BoxBody::new(())
            }
        },
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => BoxBody::new(body),
    });
    let Some(refusal) = refusal else { return Ok(response) };
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::new(request, refusal.error_response()))
}
