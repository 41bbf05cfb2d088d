"""What a picture file tells about itself: camera, moment, place, words. Pure: knows Pillow, never Django."""
