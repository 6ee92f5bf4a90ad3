/*
 * The outbox relay: two relays of one shard with lease and epoch, rows that are still pending (by sequence), commits that
 * come late, a crash between any two steps, and a lease that may end under a relay that is slow.
 *
 * Rows 0..3 are numbered as their transactions drew them; even rows are of key 0, odd ones of key 1. A key's lock makes its
 * rows become visible in their order; rows of different keys become visible in any order.
 *
 * Checked: no row is lost; the first occurrences of a key are in order; nobody removes a row that is not published. With
 * -DTIMELY a produce lands before the lease ends, and the newest row of a key is the last one of it on the topic. Without,
 * a late batch of a relay that lost its lease may repeat older rows.
 *
 * run good -DFAILURES=0              crashes, and a lease that ends at any time
 * run good -DCRASHES=0               failed requests, and a lease that ends at any time
 * run good -DTIMELY                  crashes and failed requests
 * run mutant -DMUTANT=1                marks rows before they are produced
 * run mutant -DMUTANT=2                reads behind a cursor: sequence > last
 * run mutant -DMUTANT=3 -DTIMELY       publishes without asking for the lease
 * run mutant -DMUTANT=4                reads the newest rows first
 * run mutant -DMUTANT=5                goes on with the next page after one that failed
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define ROWS 4
#define PAGE 2
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FAILURES
#define FAILURES 1
#endif
#define NOBODY 2

bool visible[ROWS];
bool removed[ROWS];
bool seen[ROWS];          /* published at least once */
byte newest[2];           /* row published last, plus one, by key */
byte owner = NOBODY;
bool current[2];          /* whether a relay's epoch is the one of the lease */
bool expired;
byte crashes;
byte failures;
byte finished;

#define keyOf(row) (row & 1)
#define isPending(row) (visible[row] && !removed[row])
#define allSent (removed[0] && removed[1] && removed[2] && removed[3])

inline publish(row) {
  assert(row < 2 || seen[row] || seen[row - 2]); /* the order of a key, at first occurrence */
  seen[row] = true;
  newest[keyOf(row)] = row + 1
}

/* The writers of a key wait for each other; the keys do not. */
proctype Writer(byte key) {
  visible[key] = true;
  visible[key + 2] = true
}

/* The server's clock. */
proctype Clock() {
  do
  :: owner != NOBODY && !expired -> expired = true
  :: finished == 2 -> break
  od
}

#define mayCrash crashes < CRASHES -> crashes++; goto crashed

proctype Relay(byte self) {
  byte count, i, sent;
  byte page[PAGE];
  byte last; /* of the cursor, plus one */
  bool failed;

begin:
  atomic { failed = false; count = 0; sent = 0; i = 0; page[0] = 0; page[1] = 0 }
  do
  :: allSent -> break
  :: else ->
     /* lease: one statement of the database */
     atomic {
       if
       :: MUTANT == 3
       :: MUTANT != 3 && (owner == NOBODY || expired) ->
          if :: owner != self -> current[1 - self] = false :: else fi;
          owner = self;
          current[self] = true;
          expired = false
       :: MUTANT != 3 && owner == self && !expired && current[self]
       :: allSent -> goto end
       fi
     }
     if :: mayCrash :: skip fi;
     /* read: one snapshot, the oldest rows */
     atomic {
       count = 0;
       if
       :: MUTANT == 4 ->
          i = ROWS;
          do
          :: i > 0 && count < PAGE -> i--; if :: isPending(i) -> page[count] = i; count++ :: else fi
          :: else -> break
          od
       :: MUTANT != 4 ->
          i = (MUTANT == 2 -> last : 0);
          do
          :: i < ROWS && count < PAGE -> if :: isPending(i) -> page[count] = i; count++ :: else fi; i++
          :: else -> break
          od
       fi;
       i = 0;
       /* nothing is pending: asked again later */
       if :: count == 0 -> goto begin :: else fi
     }
     if
     :: MUTANT == 1 -> d_step { i = 0; do :: i < count -> removed[page[i]] = true; i++ :: else -> break od; i = 0 }
     :: else
     fi;
     if :: mayCrash :: skip fi;
     /* produce: asks for the lease by its own clock, then the rows land one after another */
     sent = 0;
     failed = false;
#ifdef TIMELY
     atomic {
#endif
     if
     :: MUTANT == 3 || (current[self] && !expired)
     :: else -> goto begin
     fi;
     do
     :: sent < count ->
        if
        :: publish(page[sent]); sent++
        :: failures < FAILURES -> failures++; failed = true; break
#ifndef TIMELY
        :: mayCrash
#endif
        fi
     :: else -> break
     od;
#ifdef TIMELY
     }
#endif
     if
     :: failed && MUTANT != 5 -> goto begin
     :: else
     fi;
     if :: mayCrash :: skip fi;
     /* mark: one statement; the epoch is checked in it */
     atomic {
       if
       :: MUTANT == 3 || (current[self]) ->
          i = 0;
          do
          :: i < count ->
             assert(MUTANT == 1 || MUTANT == 5 || seen[page[i]]);
             removed[page[i]] = true;
             last = (page[i] + 1 > last -> page[i] + 1 : last);
             i++
          :: else -> break
          od;
          i = 0;
          /* a cursor's outbox is cleaned up to where it stands */
          do
          :: MUTANT == 2 && i < last -> removed[i] = removed[i] || visible[i]; i++
          :: else -> break
          od;
          i = 0
       :: else -> goto begin
       fi;
       count = 0;
       sent = 0;
       page[0] = 0;
       page[1] = 0
     }
  od;
end:
  atomic {
    if :: current[self] -> owner = NOBODY :: else fi;
    finished++
  }
  goto done;
crashed:
  atomic { last = 0; current[self] = false; goto begin };
done:
  skip
}

proctype Judge() {
  (finished == 2);
  assert(seen[0] && seen[1] && seen[2] && seen[3]);
#ifdef TIMELY
  assert(newest[0] == 3 && newest[1] == 4)
#endif
}

init {
  atomic { run Writer(0); run Writer(1); run Relay(0); run Relay(1); run Clock(); run Judge() }
}
