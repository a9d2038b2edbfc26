"""Where the next facility should stand: covering, median and centre models with a first answer and a proven gap.

>>> import numpy as np
>>> covers = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])  # candidates by demands
>>> answer = mclp(covers, [10, 20, 20, 5], p=1)
>>> answer.chosen.tolist(), answer.value, answer.proven
([1], 40.0, True)
"""

from gridmap.facilities.siting.answer import Sited as Sited
from gridmap.facilities.siting.capacity import capacitated as capacitated
from gridmap.facilities.siting.center import p_center as p_center
from gridmap.facilities.siting.covering import lscp as lscp
from gridmap.facilities.siting.covering import mclp as mclp
from gridmap.facilities.siting.median import p_median as p_median

__all__ = ["Sited", "capacitated", "lscp", "mclp", "p_center", "p_median"]
