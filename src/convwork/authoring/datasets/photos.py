"""photos.h5: photographs from packages, each with its licence and credit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.recipe import Fetched, Recipe, add

LONG_SIDE = 512


@dataclass(frozen=True)
class Photo:
    """A photograph in a package, with what its licence asks to be said."""

    package: str
    path: str
    title: str
    licence: str
    credit: str
    face: tuple[int, int, int] | None = None  # top, left and side of the square around a face


CC0 = "CC0 1.0"
PUBLIC_DOMAIN = "public domain"
CC_BY = "CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"

PHOTOS = {
    "astronaut": Photo(
        "scikit-image",
        "skimage/data/astronaut.png",
        "The astronaut Eileen Collins",
        PUBLIC_DOMAIN,
        "NASA",
        face=(62, 164, 124),
    ),
    "chelsea": Photo(
        "scikit-image",
        "skimage/data/chelsea.png",
        "Chelsea the cat",
        CC0,
        "Stéfan van der Walt",
    ),
    "china": Photo(
        "scikit-learn",
        "sklearn/datasets/images/china.jpg",
        "A Chinese temple",
        CC_BY,
        "danielbuechele, https://www.flickr.com/photos/danielbuechele/6061409035/, scaled down",
    ),
    "coffee": Photo(
        "scikit-image",
        "skimage/data/coffee.png",
        "A cup of coffee at Pikolo Espresso Bar",
        CC0,
        "Rachel Michetti",
    ),
    "flower": Photo(
        "scikit-learn",
        "sklearn/datasets/images/flower.jpg",
        "A flower",
        CC_BY,
        "vultilion, https://www.flickr.com/photos/vultilion/6056698931/, scaled down",
    ),
    "hopper": Photo(
        "matplotlib",
        "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
        "Commodore Grace M. Hopper",
        PUBLIC_DOMAIN,
        "US Navy, James S. Davis",
        face=(104, 126, 178),
    ),
    "motorcycle": Photo(
        "scikit-image",
        "skimage/data/motorcycle_left.png",
        "A motorcycle in a garage",
        "permission to use and publish, https://vision.middlebury.edu/stereo/data/",
        "Middlebury 2014 stereo benchmark: D. Scharstein, H. Hirschmüller, Y. Kitajima, "
        "G. Krathwohl, N. Nešić, X. Wang and P. Westling",
    ),
    "rocket": Photo(
        "scikit-image",
        "skimage/data/rocket.jpg",
        "Launch of DSCOVR on Falcon 9",
        PUBLIC_DOMAIN,
        "SpaceX",
    ),
}


def write(file: Any, fetched: Fetched) -> None:
    for name, photo in PHOTOS.items():
        with Image.open(fetched[photo.package] / photo.path) as image:
            small = image.convert("RGB")
            small.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        add(
            file,
            name,
            np.asarray(small),
            title=photo.title,
            licence=photo.licence,
            credit=photo.credit,
        )
        if photo.face:
            file[name].attrs["face"] = np.array(photo.face)


RECIPE = Recipe(
    (
        Package("pip", "matplotlib", "3.11.2"),
        Package("pip", "scikit-image", "0.26.0"),
        Package("pip", "scikit-learn", "1.9.1"),
    ),
    write,
)
