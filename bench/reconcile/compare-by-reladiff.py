"""Compares table product of two databases by reladiff's defaults, and prints what it found and what that cost."""

import json
import resource
import sys
import time

import reladiff


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(known_url, shop_url, columns):
    tables = [
        reladiff.connect_to_table(url, "product", "sku", thread_count=2, extra_columns=tuple(columns.split(",")))
        for url in (known_url, shop_url)
    ]
    cpu, wall = cpu_seconds(), time.monotonic()
    signs = {}
    for sign, row in reladiff.diff_tables(*tables):
        signs.setdefault(row[0], set()).add(sign)
    found = {"changed": 0, "missing": 0, "foreign": 0}
    for seen in signs.values():
        found["changed" if len(seen) == 2 else "missing" if "-" in seen else "foreign"] += 1
    figures = {
        "wallS": round(time.monotonic() - wall, 2),
        "clientCpuS": round(cpu_seconds() - cpu, 2),
        "rssMib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "found": found,
    }
    print(json.dumps(figures))


main(*sys.argv[1:])
