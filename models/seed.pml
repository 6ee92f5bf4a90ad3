/*
 * A seed and its hand-over to live events: a seeder that reads a compacted topic from its begin into a store, with its
 * position in the store's transaction, then goes on with what is appended. It may crash between any two steps; a producer
 * appends and a cleaner compacts all the while.
 *
 * Records 0..4 are of key 0 or 1 by turns; a later record of a key replaces an earlier one, and the cleaner removes the
 * earlier one when the later is older than the topic's min.compaction.lag. An end that was drawn less than that ago is
 * FRESH: of what lies below it, only what was replaced below it can be gone.
 *
 * Checked: every record is applied once at most; at the hand-over the store has, of each key, the state as of the end; at
 * the end of all it has the newest; a position never goes back.
 *
 * run good                           crashes, appends and compaction at any time
 * run mutant -DMUTANT=1                the position is committed before the row
 * run mutant -DMUTANT=2                the position is committed after the row, in a transaction of its own
 * run mutant -DMUTANT=3                live events begin at the topic's end, not at the position
 * run mutant -DMUTANT=4                an end of any age counts
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define RECORDS 5
#define CRASHES 2

#define keyOf(record) (record & 1)

byte high;                /* records that are appended */
bool gone[RECORDS];       /* compacted away */
byte applied[RECORDS];    /* how often */
byte store[2];            /* record that the store holds of a key, plus one */
byte position;            /* in the store */
bool isDone;              /* the seed is handed over; in the store, too */
byte end;                 /* that was drawn */
bool fresh;
byte crashes;
bool stopped;

#define mayCrash crashes < CRASHES -> crashes++; goto begin

proctype Producer() {
  do
  :: high < RECORDS -> high++
  :: else -> break
  od
}

/* The newest record of a key always stays. While the end is fresh, what replaces must lie below it. */
proctype Cleaner() {
  byte i;
  do
  :: stopped -> break
  :: atomic { fresh && !stopped -> fresh = false }
  :: atomic {
       !stopped ->
       select (i : 0 .. 2);
       if
       :: i + 2 < high && !gone[i] && (!fresh || i + 2 < end) -> gone[i] = true
       :: else
       fi;
       i = 0
     }
  od
}

inline apply(record) {
  applied[record]++;
  assert(applied[record] < 2);
  if
  :: store[keyOf(record)] < record + 1 -> store[keyOf(record)] = record + 1
  :: else
  fi
}

/* Of each key, the newest record below the end that is drawn. */
inline judgeHandOver() {
  assert(end < 1 || store[0] >= ((end - 1) & 1 -> end - 1 : end));
  assert(end < 2 || store[1] >= ((end - 1) & 1 -> end : end - 1))
}

proctype Seeder() {
  byte next, record;

begin:
  atomic { next = position; record = 0; end = 0; fresh = false }
  do
  :: !isDone ->
     if :: mayCrash :: skip fi;
     /* draw an end where there is none, or the last one is of another day */
     atomic {
       if
       :: end == 0 && high > 0 -> end = high; fresh = true
       :: end > 0 && next >= end && !fresh && MUTANT != 4 -> end = high; fresh = true
       :: end > 0 && !(next >= end && !fresh && MUTANT != 4)
       fi
     }
     /* read a record, or see that the end is reached */
     if
     :: next < end ->
        record = next;
        if
        :: gone[record] -> next = record + 1
        :: else ->
           if
           :: MUTANT == 1 -> position = record + 1; if :: mayCrash :: skip fi; atomic { apply(record) }
           :: MUTANT == 2 -> atomic { apply(record) } if :: mayCrash :: skip fi; position = record + 1
           :: else -> atomic { apply(record); assert(position <= record); position = record + 1 }
           fi;
           next = record + 1
        fi
     :: atomic { next >= end && (fresh || MUTANT == 4) -> judgeHandOver(); isDone = true; position = (MUTANT == 3 -> high : next) }
     :: next >= end && !fresh && MUTANT != 4
     fi
  :: isDone -> break
  od;
  next = position;
  /* live: the same read goes on */
  do
  :: next < high ->
     record = next;
     if
     :: gone[record] -> next = record + 1
     :: else ->
        if :: mayCrash :: skip fi;
        if
        :: MUTANT == 1 -> position = record + 1; if :: mayCrash :: skip fi; atomic { apply(record) }
        :: MUTANT == 2 -> atomic { apply(record) } if :: mayCrash :: skip fi; position = record + 1
        :: else -> atomic { apply(record); assert(position <= record); position = record + 1 }
        fi;
        next = record + 1
     fi
  :: next == RECORDS -> break
  od;
  stopped = true;
  assert(store[0] == 5 && store[1] == 4)
}

init {
  atomic { run Producer(); run Cleaner(); run Seeder() }
}
