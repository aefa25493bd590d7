"""What the gateway answers with. The OpenAPI document shows these very models."""
