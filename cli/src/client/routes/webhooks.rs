//! Webhooks of a season, for its organizers.

use holdout_client::{Call, Method, json_call};
use holdout_protocol::{
    CreatedWebhook, NewWebhook, NewWebhookSecret, Slug, Webhook, WebhookChanges, WebhookDelivery, WebhookDeliveryId,
    WebhookId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::exchange::to_json;
use crate::client::{Client, ClientError};

fn path(season: &Slug, id: WebhookId, rest: &str) -> String {
    format!("/organizer/seasons/{season}/webhooks/{id}{rest}")
}

impl Client {
    /// Makes a webhook.
    pub(crate) fn create_webhook(&self, season: &Slug, webhook: &NewWebhook) -> Result<CreatedWebhook, ClientError> {
        self.post_once(format!("/organizer/seasons/{season}/webhooks"), webhook)
    }

    /// Returns the webhooks of a season, oldest first.
    pub(crate) fn webhooks(&self, season: &Slug) -> Result<Vec<Webhook>, ClientError> {
        self.list(&format!("/organizer/seasons/{season}/webhooks"), None)
    }

    /// Changes a webhook.
    pub(crate) fn change_webhook(
        &self,
        season: &Slug,
        id: WebhookId,
        changes: &WebhookChanges,
    ) -> Result<Webhook, ClientError> {
        self.change(Method::PATCH, path(season, id, ""), changes)
    }

    /// Deletes a webhook.
    pub(crate) fn delete_webhook(&self, season: &Slug, id: WebhookId) -> Result<(), ClientError> {
        self.delete(path(season, id, ""))
    }

    /// Replaces the secret of a webhook.
    pub(crate) fn replace_webhook_secret(
        &self,
        season: &Slug,
        id: WebhookId,
        request: &NewWebhookSecret,
    ) -> Result<CreatedWebhook, ClientError> {
        self.post_once(path(season, id, "/secret"), request)
    }

    /// Sends a test to a webhook, and returns what became of it.
    pub(crate) fn test_webhook(&self, season: &Slug, id: WebhookId) -> Result<WebhookDelivery, ClientError> {
        self.send_json(&Call::new(Method::POST, path(season, id, "/test")))
    }

    /// Returns the last deliveries of a webhook, newest first.
    pub(crate) fn webhook_deliveries(
        &self,
        season: &Slug,
        id: WebhookId,
        most: usize,
    ) -> Result<Vec<WebhookDelivery>, ClientError> {
        self.list(&path(season, id, "/deliveries"), Some(most))
    }

    /// Sends a delivery again.
    pub(crate) fn send_webhook_delivery(
        &self,
        season: &Slug,
        id: WebhookId,
        delivery: WebhookDeliveryId,
    ) -> Result<WebhookDelivery, ClientError> {
        self.send_json(&Call::new(Method::POST, path(season, id, &format!("/deliveries/{delivery}/send"))))
    }

    /// Sends what must not be sent twice, because the answer has a secret.
    fn post_once<T: DeserializeOwned>(&self, path: String, body: &impl Serialize) -> Result<T, ClientError> {
        let bytes = to_json(body)?;
        self.send_json(&json_call(Method::POST, path, &bytes))
    }
}
