//! stub
use super::Engine;
impl Engine {
    /// stub
    pub async fn image_id(&self, reference: &str) -> anyhow::Result<Option<String>> {
        Ok(self.docker.inspect_image(reference).await.ok().and_then(|image| image.id))
    }
}
