"""A slot begins here. The rest is in `serving`: Python keeps no bytecode of the file that it starts."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import main

del sys.path[0]

if __name__ == "__main__":
    main()
