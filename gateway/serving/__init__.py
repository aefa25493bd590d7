"""The server: uvicorn with bounded request heads and an orderly stop."""
