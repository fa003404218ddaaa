/* Running a program on rows: run after run, which threads take one after the other.
 *
 * Of a run, its parts are summed plainly, and added up as pairs of doubles. Threads put their runs to the whole in the order
 * of the runs' numbers. Where a thread has to wait for another's run it goes on, and keeps what it has summed. */
#define PATIENCE 0.03                                /* seconds between two looks at Ctrl-C */
#define AHEAD 8192                                   /* bytes of rows to fetch before they are needed */
#define OFTEN 1e-4                                   /* seconds of work between two looks at the clock */
enum { SLICE = 1024, FETCHED = 16 };                 /* the fewest sums of a slice; nodes that are fetched ahead */

typedef struct Work {
    Program *program;
    const double *rows;
    double *uniforms, *outputs, *totals;             /* totals: the sums, then what rounding took from them */
    double *parts;                                   /* the same of each run, where these are wanted and not the whole */
    char *bad;                                       /* for each part of each run */
    PyObject *nodes;                                 /* whose numbers and grads are the rows' first; NULL: rows are given */
    Py_ssize_t data, grad;                           /* of a node, in bytes from its start */
    Py_ssize_t n, runs, block;                       /* block: the most rows of one */
    atomic_long next;
    atomic_int stop, spoilt, working;                /* spoilt: some part is bad; working: helpers at work */
    int single;                                      /* whether there is but one row, whose instructions run abreast */
    int wanted;                                      /* helpers */
    int processor;                                   /* that the caller works on */
    struct Work *after;                              /* among those that want helpers */
    void *memory;                                    /* the caller's; the program's own, if it is kept */
    int kept;
    char few[PARTS_MOST];                            /* what is bad of a single run */
    atomic_long turns[SLICES];                       /* the run that is to be added next */
    PyThreadState *state;                            /* of the caller, who looks for Ctrl-C */
    double looked;
} Work;

typedef struct {                                     /* of one thread */
    Work *work;
    Frame frame;
    double *sums;                                    /* of WAITING runs, as pairs of doubles */
    Py_ssize_t oldest, taken;                        /* how many of its runs were added, and taken */
    Py_ssize_t numbers[WAITING];                     /* of the runs that wait */
    double more[LANE_COUNT];
    int bad;                                         /* of this part */
    Py_ssize_t often, blind;                         /* rows between two looks at the clock, 0 for never; since the last */
} Worker;

/* The first cache line of some memory. */
static double *aligned(void *memory) { return (double *)(((uintptr_t)memory + 63) / 64 * 64); }

/* How many pieces of a size there are. Of one piece nothing has to be divided, which takes long. */
static Py_ssize_t pieces(Py_ssize_t n, Py_ssize_t size) { return n <= size ? n > 0 : (n - 1) / size + 1; }

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void breathe(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_ia32_pause();
#else
    sched_yield();
#endif
}

/* Now and then let Python's signal handlers run; the work stops if they raise. */
static void look_out(Work *work)
{
    const double now = seconds();
    if (!work->state || atomic_load(&work->stop) || now - work->looked < PATIENCE)
        return;
    work->looked = now;
    PyEval_RestoreThread(work->state);
    if (PyErr_CheckSignals())
        atomic_store(&work->stop, 1);
    work->state = PyEval_SaveThread();
}

/* Let the rows of the next block come into the cache while this one is worked on. */
static void look_ahead(const Work *work, Py_ssize_t at)
{
#ifdef __GNUC__
    const char *row = (const char *)(work->rows + at * work->program->columns), *end = row + AHEAD;
    const char *last = (const char *)(work->rows + work->n * work->program->columns);
    for (; row < end && row < last; row += 64)
        __builtin_prefetch(row, 0, 2);
#endif
}

/* Let the instructions run on m rows from `at`, a block of a part. */
static void run_block(Worker *worker, Py_ssize_t at, long m)
{
    const Work *work = worker->work;
    const Program *program = work->program;
    const Instruction *end = program->stages[1] + program->lengths[1];
    Frame *frame = &worker->frame;
    frame->count = (m + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
    frame->full = m / LANE_COUNT * LANE_COUNT;
    for (int64_t lane = 0, there; lane < LANE_COUNT; lane++)
        memcpy(frame->mask + lane, (there = -(lane < m % LANE_COUNT), &there), sizeof there);
    worker->bad |= !program->machine->fill(frame, work->rows + at * program->columns, m, program->column,
                                            program->columns, (long)(work->n - at) * program->columns);
    look_ahead(work, at + m);
    for (const Instruction *i = program->stages[1]; i < end; i++)
        i->kernel(frame, frame->registers + (size_t)i->result * frame->rows, i->places, i->n);
    if (work->outputs)
        program->machine->spread(frame, work->outputs + at * program->results, m, program->result, program->results);
}

/* Add what a part of a run, the rows from `first` to `last`, comes to; nothing, if something in it is not finite. */
static void sum_part(Worker *worker, Py_ssize_t first, Py_ssize_t last, double *whole, char *bad)
{
    Work *work = worker->work;
    const Program *program = work->program;
    const Py_ssize_t size = work->block, sums = padded(program->sums);
    worker->bad = 0;
    if (program->again) {
        memset(worker->frame.sums, 0, (size_t)(LANE_COUNT * sums) * sizeof(double));
        memset(worker->more, 0, sizeof worker->more);
    }
    for (Py_ssize_t at = first; at < last; at += size) {
        worker->frame.begins = at == first && !program->again;
        run_block(worker, at, (long)(last - at < size ? last - at : size));
        if (worker->often && (worker->blind += size) >= worker->often) {
            worker->blind = 0;
            look_out(work);
        }
        if (atomic_load(&work->stop))
            return;
    }
    *bad = (char)worker->bad;
    if (worker->bad) {
        atomic_store(&work->spoilt, 1);
        return;
    }
    program->machine->flush(worker->frame.sums, whole, whole + sums, (size_t)sums);
    for (int lane = 0; lane < LANE_COUNT && program->sums; lane++)
        whole[sums] += worker->more[lane];
}

/* A number of the i-th node. */
static inline double *number_of(const Work *work, Py_ssize_t i, Py_ssize_t bytes)
{
    return (double *)((char *)PyTuple_GET_ITEM(work->nodes, i) + bytes);
}

/* Numbers and grads of some nodes into their rows, while some nodes ahead come into the cache. */
static void fetch_numbers(const Work *work, Py_ssize_t from, Py_ssize_t to)
{
    const Py_ssize_t width = work->program->columns, last = work->n - 1;
    double *row = (double *)work->rows + from * width;
    for (Py_ssize_t i = from; i < to; i++, row += width) {
#ifdef __GNUC__
        __builtin_prefetch(number_of(work, i + FETCHED < last ? i + FETCHED : last, work->data), 1);
#endif
        row[0] = *number_of(work, i, work->data);
        row[1] = *number_of(work, i, work->grad);
    }
}

/* The first number of each row becomes that of its node. */
static void write_numbers(const Work *work, const double *rows, Py_ssize_t from, Py_ssize_t to)
{
    const Py_ssize_t width = work->program->columns;
    for (Py_ssize_t i = from; i < to; i++)
        *number_of(work, i, work->data) = rows[i * width];
}

/* The same where there is no other row. */
static void sum_row(Work *work, double *whole, char *bad)
{
    *bad = (char)!run_single(work->program, work->uniforms, work->rows, work->outputs, whole);
    if (*bad) {
        memset(whole, 0, 2 * (size_t)padded(work->program->sums) * sizeof(double));
        atomic_store(&work->spoilt, 1);
    }
}

/* Sum up a run. */
static void run(Worker *worker, Py_ssize_t number, double *whole)
{
    const Work *work = worker->work;
    const Py_ssize_t length = work->program->run, part = work->program->part;
    const Py_ssize_t first = number * length, last = work->n - first < length ? work->n : first + length;
    char *bad = work->bad + (number ? number * (length / part) : 0);
    memset(whole, 0, 2 * (size_t)padded(work->program->sums) * sizeof(double));
    for (Py_ssize_t at = first; at < last && !atomic_load(&work->stop); at += part) {
        const Py_ssize_t end = last - at < part ? last : at + part;
        if (work->nodes)
            fetch_numbers(work, at, end);
        if (work->single)
            sum_row(worker->work, whole, bad);
        else
            sum_part(worker, at, end, whole, bad++);
        if (work->nodes)
            write_numbers(work, work->outputs, at, end);
    }
}

/* Add so many sums of a run to the whole, and what rounding took from them. */
static void sum_run(double *restrict whole, double *restrict lost, const double *restrict more,
                    const double *restrict more_lost, Py_ssize_t n)
{
    for (Py_ssize_t k = 0; k < n; k++) {
        take_up(&whole[k], &lost[k], more[k]);
        lost[k] += more_lost[k];
    }
}

/* Whether a slice has come to the run of this number, for which it waits. */
static int its_turn(Worker *worker, atomic_long *turn, Py_ssize_t number)
{
    Work *work = worker->work;
    for (long looks = 0; atomic_load(turn) != number; looks++) {
        if (atomic_load(&work->stop))
            return 0;
        if (looks < 1000)
            breathe();
        else {                                       /* whoever works on the run before may have no processor */
            const struct timespec moment = {0, 20000};
            nanosleep(&moment, NULL);
            if (worker->often)
                look_out(work);
        }
    }
    return 1;
}

/* Add the oldest run that waits to the whole, slice by slice, so that others can follow at once. */
static void settle(Worker *worker)
{
    Work *work = worker->work;
    const Py_ssize_t sums = padded(work->program->sums), even = padded(sums / SLICES + 1);
    const Py_ssize_t width = even < SLICE ? SLICE : even, number = worker->numbers[worker->oldest % WAITING];
    const double *more = worker->sums + worker->oldest % WAITING * 2 * sums;
    atomic_long *turn = work->turns;
    for (Py_ssize_t first = 0; first < sums; first += width, turn++) {
        if (!its_turn(worker, turn, number))
            return;
        sum_run(work->totals + first, work->totals + sums + first, more + first, more + sums + first,
                sums - first < width ? sums - first : width);
        atomic_store(turn, (long)number + 1);
    }
    worker->oldest++;
}

/* Sum up a run that is one of several, and put those into the whole that need not wait. */
static void run_in_turn(Worker *worker, Py_ssize_t number)
{
    Work *work = worker->work;
    if (worker->taken - worker->oldest == WAITING)
        settle(worker);
    worker->numbers[worker->taken % WAITING] = number;
    run(worker, number, worker->sums + worker->taken++ % WAITING * 2 * padded(work->program->sums));
    while (worker->oldest < worker->taken && atomic_load(work->turns) == worker->numbers[worker->oldest % WAITING]
           && !atomic_load(&work->stop))
        settle(worker);
}

/* Take runs until none is left; the one that watches looks out for Ctrl-C. */
static void labour(Work *work, double *memory, int watches)
{
    const Program *program = work->program;
    const Py_ssize_t sums = padded(program->sums);
    Worker worker = {.work = work, .frame = {memory, work->uniforms, memory + program->registers * program->rows,
                                             worker.more, &worker.bad, .rows = (long)work->block},
                     .often = watches ? (Py_ssize_t)(OFTEN / (program->pace + 1e-12)) + 1 : 0};
    Py_ssize_t number;
    worker.sums = worker.frame.sums + LANE_COUNT * sums;
    for (Py_ssize_t i = 0; program->seed >= 0 && i < work->block; i++)
        memory[program->seed * work->block + i] = 1.0;
    while (!atomic_load(&work->stop) && (number = atomic_fetch_add(&work->next, 1)) < work->runs) {
        if (work->parts || work->runs == 1 || !sums)
            run(&worker, number, work->parts ? work->parts + 2 * sums * number : work->totals);
        else
            run_in_turn(&worker, number);
    }
    while (worker.oldest < worker.taken && !atomic_load(&work->stop))
        settle(&worker);
}
