"""The API of images: each view finds, asks and answers."""
