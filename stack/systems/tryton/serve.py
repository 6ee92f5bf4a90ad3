"""Starts trytond for the databases named: `python serve.py DATABASE…`; address and database server from TRYTOND_*.

`trytond -d A B` loads the pools in threads that share one variable, so that one database may be loaded twice and the
other never (8.2.1); without its pool a database refuses every login.
"""
import sys

from trytond.cli import main
from trytond.pool import Pool

Pool.start()
for name in sys.argv[1:]:
    Pool(name).init()
sys.argv = ['trytond']
main()
