/* The block interpreter of replays: a program of instructions runs on blocks of rows that stay in the cache.
 *
 * RUN rows at a time are added up plainly, in LANE_COUNT lanes; the sums of runs are added as pairs of doubles. Runs are
 * dealt out in segments, whose number depends on that of the rows alone, and segments are added in order: so neither the
 * number of threads nor the size of a block changes a result. A run in which some result is not finite counts nothing and
 * is reported. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blocks.h"

enum { RUN = 128, SEGMENTS = 24, SEGMENT_RUNS = 16 };
#define PATIENCE 0.03                                /* seconds between two looks at Ctrl-C */

typedef struct {
    Kernel kernel;
    uint32_t result, n;
    const uint32_t *places;
} Instruction;

typedef struct {
    long rows, registers, columns, uniforms, leaves, sums, results;
    long seed;                                       /* its register, or -1 */
    long lengths[3];                                 /* of the stages */
    Instruction *stages[3];
    uint32_t *words, *column, *leaf, *sum, *result;  /* result: places; column: registers, or NONE */
    double *numbers;                                 /* the uniforms before they are found */
    const Machine *machine;
    void *memory;                                    /* of a thread, kept from run to run */
    atomic_flag taken;
} Program;

#define NONE UINT32_MAX

typedef struct {
    Program *program;
    const double *rows, *uniforms;
    double *outputs, *totals;                        /* totals: of each segment, for each sum two doubles */
    char *bad;                                       /* for each run */
    Py_ssize_t n, runs, segments;
    atomic_long next;
    atomic_int stop, working;                        /* threads at work */
} Work;

typedef struct {                                     /* of one thread */
    Work *work;
    Frame frame;
    double *whole, *lost, check[LANE_COUNT], more[LANE_COUNT];
    void *memory;
    int kept;                                        /* the memory is the program's */
    long seeded;                                     /* rows that are marked as such */
    PyThreadState **state;                           /* of the thread that looks for Ctrl-C */
    double looked;
} Worker;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int failed(double *check)
{
    uint64_t found[LANE_COUNT], all = 0;
    memcpy(found, check, sizeof found);
    for (int k = 0; k < LANE_COUNT; k++)
        all |= found[k];
    memset(check, 0, LANE_COUNT * sizeof(double));
    return (all & INT64_MAX) != 0;
}

/* Let Python's signal handlers run; whether they raised. */
static int interrupted(Worker *worker)
{
    double now;
    if (!worker->state || (now = seconds()) - worker->looked < PATIENCE)
        return 0;
    worker->looked = now;
    PyEval_RestoreThread(*worker->state);
    if (PyErr_CheckSignals())
        atomic_store(&worker->work->stop, 1);
    *worker->state = PyEval_SaveThread();
    return atomic_load(&worker->work->stop);
}

/* Put m rows from `at` into the registers, the last one repeated up to `count`; whether all are finite. */
static int fill(Worker *worker, Py_ssize_t at, long m, long count)
{
    const Program *program = worker->work->program;
    const long width = program->columns;
    uint64_t largest = 0;
    for (long k = 0; k < width; k++) {
        const double *from = worker->work->rows + at * width + k;
        double unused[RUN], *to = program->column[k] == NONE ? unused
                                : worker->frame.registers + (size_t)program->column[k] * program->rows;
        for (long i = 0; i < m; i++) {
            uint64_t bits;
            to[i] = from[i * width];
            memcpy(&bits, &to[i], sizeof bits);
            bits &= INT64_MAX;
            largest = bits > largest ? bits : largest;
        }
        for (long i = m; i < count; i++)
            to[i] = to[m - 1];
    }
    if (program->seed >= 0 && worker->seeded != m) {
        double *seed = worker->frame.registers + (size_t)program->seed * program->rows;
        for (long i = 0; i < program->rows; i++)
            seed[i] = i < m ? 1.0 : 0.0;
        worker->seeded = m;
    }
    return largest < UINT64_C(0x7ff0000000000000);
}

static void take_outputs(Worker *worker, Py_ssize_t at, long m)
{
    const Program *program = worker->work->program;
    for (long k = 0; k < program->results; k++) {
        const uint32_t place = program->result[k];
        double *to = worker->work->outputs + at * program->results + k;
        const double *from = place & 1 ? worker->frame.uniforms + (place >> 1)
                                       : worker->frame.registers + (size_t)(place >> 1) * program->rows;
        for (long i = 0; i < m; i++)
            to[i * program->results] = place & 1 ? *from : from[i];
    }
}

static void run(Worker *worker, Py_ssize_t number)
{
    Work *work = worker->work;
    const Program *program = work->program;
    Frame *frame = &worker->frame;
    const Instruction *end = program->stages[1] + program->lengths[1];
    const Py_ssize_t last = (number + 1) * RUN < work->n ? (number + 1) * RUN : work->n;
    int good = 1;
    for (Py_ssize_t at = number * RUN; at < last; at += program->rows) {
        const long m = (long)(last - at < program->rows ? last - at : program->rows);
        frame->count = (m + LANE_COUNT - 1) / LANE_COUNT * LANE_COUNT;
        good &= fill(worker, at, m, frame->count);
        for (const Instruction *i = program->stages[1]; i < end; i++)
            i->kernel(frame, frame->registers + (size_t)i->result * program->rows, i->places, i->n);
        if (work->outputs)
            take_outputs(worker, at, m);
    }
    const size_t n = (size_t)program->sums * LANE_COUNT;
    good &= !failed(worker->check);
    if (!good)
        memset(frame->sums, 0, n * sizeof(double));
    else
        good = program->machine->flush(frame->sums, worker->whole, worker->lost, n);
    for (int lane = 0; lane < LANE_COUNT && n; lane++)
        worker->lost[lane] += good ? worker->more[lane] : 0.0;
    memset(worker->more, 0, sizeof worker->more);
    work->bad[number] = !good;
}

/* z + x as a pair of doubles. */
static void take_up(double *z, double *rest, double x)
{
    const double sum = *z + x, shift = sum - *z;
    *rest += (*z - (sum - shift)) + (x - shift);
    *z = sum;
}

static void labour(Worker *worker)
{
    Work *work = worker->work;
    const long sums = work->program->sums;
    Py_ssize_t segment;
    while (!atomic_load(&work->stop) && (segment = atomic_fetch_add(&work->next, 1)) < work->segments) {
        memset(worker->whole, 0, 2 * (size_t)sums * LANE_COUNT * sizeof(double));
        const Py_ssize_t end = (segment + 1) * work->runs / work->segments;
        for (Py_ssize_t number = segment * work->runs / work->segments; number < end; number++) {
            run(worker, number);
            if (atomic_load(&work->stop) || interrupted(worker))
                return;
        }
        work->program->machine->gather(worker->whole, worker->lost, work->totals + 2 * segment * sums, (size_t)sums);
    }
}

static void *help(void *argument)
{
    Worker *worker = argument;
    labour(worker);
    atomic_fetch_sub(&worker->work->working, 1);
    return NULL;
}

static int prepare(Worker *worker, Work *work, PyThreadState **state)
{
    Program *program = work->program;
    const size_t lanes = (size_t)program->sums * LANE_COUNT, registers = (size_t)program->registers * program->rows;
    worker->kept = !atomic_flag_test_and_set(&program->taken);
    worker->memory = worker->kept ? program->memory : NULL;
    if (!worker->memory)
        worker->memory = calloc(registers + 3 * lanes + 8, sizeof(double));
    if (worker->kept)
        program->memory = worker->memory;
    if (!worker->memory) {
        if (worker->kept)
            atomic_flag_clear(&program->taken);
        return -1;
    }
    double *at = (double *)(((uintptr_t)worker->memory + 63) / 64 * 64);
    worker->work = work;
    worker->frame = (Frame){at, work->uniforms, at + registers, worker->more, worker->check, program->rows, 0};
    worker->whole = at + registers + lanes;
    worker->lost = worker->whole + lanes;
    memset(worker->frame.sums, 0, lanes * sizeof(double));
    worker->seeded = -1;
    worker->state = state;
    worker->looked = state ? seconds() : 0.0;
    memset(worker->check, 0, sizeof worker->check);
    memset(worker->more, 0, sizeof worker->more);
    return 0;
}

/* Run the segments on so many threads, of which this is one; -1 without memory. */
static int share(Work *work, int threads)
{
    Worker workers[64];
    pthread_t ids[64];
    int others = 0, failure = 0;
    PyThreadState *state;
    threads = threads > 64 ? 64 : threads;
    for (int i = 0; i < threads && !failure; i++)
        if ((failure = prepare(&workers[i], work, i ? NULL : &state)))
            threads = i;
    if (!failure) {
        state = PyEval_SaveThread();
        for (int i = 1; i < threads; i++, others++)
            if (atomic_fetch_add(&work->working, 1), pthread_create(&ids[i], NULL, help, &workers[i])) {
                atomic_fetch_sub(&work->working, 1);
                break;
            }
        labour(&workers[0]);
        for (struct timespec moment = {0, 20000}; atomic_load(&work->working); interrupted(&workers[0]))
            nanosleep(&moment, NULL);
        for (int i = 1; i <= others; i++)
            pthread_join(ids[i], NULL);
        PyEval_RestoreThread(state);
    }
    for (int i = 0; i < threads; i++)
        if (workers[i].kept)
            atomic_flag_clear(&work->program->taken);
        else
            free(workers[i].memory);
    return failure;
}

/* The instructions of a stage in which everything is uniform; whether all results are finite. */
static int run_uniform(const Program *program, int stage, double *uniforms)
{
    double result[LANE_COUNT], check[LANE_COUNT] = {0};
    Frame frame = {NULL, uniforms, NULL, NULL, check, 0, LANE_COUNT};
    for (long i = 0; i < program->lengths[stage]; i++) {
        const Instruction *instruction = &program->stages[stage][i];
        instruction->kernel(&frame, result, instruction->places, instruction->n);
        uniforms[instruction->result] = result[0];
    }
    return !failed(check);
}

static PyObject *answer(const Work *work, const double *uniforms, int gradient)
{
    const Program *program = work->program;
    PyObject *bad = PyList_New(0), *results = gradient ? PyList_New(program->results) : Py_NewRef(Py_None);
    for (Py_ssize_t i = 0; bad && i < work->runs; i++)
        if (work->bad[i]) {
            PyObject *at = PyLong_FromSsize_t(i * RUN);
            if (!at || PyList_Append(bad, at))
                Py_CLEAR(bad);
            Py_XDECREF(at);
        }
    for (long k = 0; gradient && results && k < program->results; k++) {
        PyObject *x = PyFloat_FromDouble(uniforms[program->result[k] >> 1]);
        if (!x)
            Py_CLEAR(results);
        else
            PyList_SET_ITEM(results, k, x);
    }
    PyObject *both = bad && results ? PyTuple_Pack(2, results, bad) : NULL;
    Py_XDECREF(bad);
    Py_XDECREF(results);
    return both;
}

enum { RAISED = -1, DONE, FAILED };                 /* FAILED: what is uniform is not finite */

/* Run all stages; the results are then among the uniforms. */
static int perform(Work *work, double *uniforms, int threads)
{
    const Program *program = work->program;
    if (!run_uniform(program, 0, uniforms))
        return FAILED;
    if (share(work, threads < work->segments ? threads : (int)work->segments)) {
        PyErr_NoMemory();
        return RAISED;
    }
    if (atomic_load(&work->stop))
        return RAISED;                               /* a signal handler has */
    for (long k = 0; k < program->sums; k++) {
        double z = 0.0, rest = 0.0;
        for (Py_ssize_t segment = 0; segment < work->segments; segment++) {
            const double *total = work->totals + 2 * (segment * program->sums + k);
            take_up(&z, &rest, total[0]);
            rest += total[1];
        }
        if (program->sum[k] != NONE)
            uniforms[program->sum[k]] = z + rest;
    }
    return run_uniform(program, 2, uniforms) ? DONE : FAILED;
}

/* The uniforms with the leaves' numbers in them; NULL with an exception. */
static double *uniforms_of(const Program *program, PyObject *leaves)
{
    double *uniforms = malloc(((size_t)program->uniforms + 1) * sizeof(double));
    if (!uniforms)
        return (double *)PyErr_NoMemory();
    memcpy(uniforms, program->numbers, (size_t)program->uniforms * sizeof(double));
    if (!PyList_CheckExact(leaves) || PyList_GET_SIZE(leaves) != program->leaves)
        PyErr_SetString(PyExc_TypeError, "a list with the number of each leaf is needed");
    else
        for (long i = 0; i < program->leaves; i++)
            uniforms[program->leaf[i]] = PyFloat_AsDouble(PyList_GET_ITEM(leaves, i));
    if (PyErr_Occurred()) {
        free(uniforms);
        return NULL;
    }
    return uniforms;
}

#define NAME "engine.native.blocks.Program"

static void free_program(Program *program)
{
    for (int stage = 0; stage < 3; stage++)
        free(program->stages[stage]);
    free(program->memory);
    free(program->words);
    free(program->numbers);
    free(program);
}

static void release(PyObject *capsule) { free_program(PyCapsule_GetPointer(capsule, NAME)); }

/* Run a program on n rows; `uniforms` hold the leaves' numbers. */
static int perform_on(Program *program, const Py_buffer *rows, const Py_buffer *outputs, double *uniforms, Py_ssize_t n,
                      int threads, Work *work)
{
    const Py_ssize_t runs = (n + RUN - 1) / RUN, most = runs / SEGMENT_RUNS;
    *work = (Work){program, rows->buf, uniforms, outputs ? outputs->buf : NULL, NULL, NULL, n, runs,
                   most < 1 ? 1 : most > SEGMENTS ? SEGMENTS : most, 0, 0, 0};
    if (n < 0 || rows->len < (Py_ssize_t)sizeof(double) * n * program->columns || (outputs &&
            (outputs->readonly || outputs->len < (Py_ssize_t)sizeof(double) * n * program->results))) {
        PyErr_SetString(PyExc_ValueError, "the rows or the outputs have too few numbers");
        return RAISED;
    }
    work->totals = calloc(2 * (size_t)work->segments * program->sums + 1, sizeof(double));
    work->bad = calloc((size_t)runs + 1, 1);
    if (work->totals && work->bad)
        return perform(work, uniforms, threads < 1 ? 1 : threads);
    PyErr_NoMemory();
    return RAISED;
}

/* perform(program, rows, outputs, leaves, n, threads): (results, where the runs begin that failed), or None. */
static PyObject *blocks_perform(PyObject *module, PyObject *args)
{
    PyObject *capsule, *leaves, *result = NULL;
    Py_buffer rows, outputs = {0};
    Py_ssize_t n;
    int threads;
    if (!PyArg_ParseTuple(args, "Oy*z*Oni", &capsule, &rows, &outputs, &leaves, &n, &threads))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    double *uniforms = program ? uniforms_of(program, leaves) : NULL;
    if (uniforms) {
        Work work;
        const int end = perform_on(program, &rows, outputs.buf ? &outputs : NULL, uniforms, n, threads, &work);
        result = end == DONE ? answer(&work, uniforms, !outputs.buf) : end == FAILED ? Py_NewRef(Py_None) : NULL;
        free(work.totals);
        free(work.bad);
        free(uniforms);
    }
    PyBuffer_Release(&rows);
    PyBuffer_Release(&outputs);
    return result;
}

/* The results added to the grads of all leaves, if every run is good and every grad stays finite; whether it was done. */
static int commit(const Work *work, const double *uniforms, PyObject *values, Py_ssize_t grad)
{
    const Program *program = work->program;
    double z = uniforms[program->result[0] >> 1];
    for (Py_ssize_t i = 0; i < work->runs; i++)
        if (work->bad[i])
            return 0;
    for (long k = 1; k < program->results; k++) {
        const char *value = (const char *)PyTuple_GET_ITEM(values, k - 1);
        z += 0.0 * (*(const double *)(value + grad) + uniforms[program->result[k] >> 1]);
    }
    if (!(z - z == 0.0))
        return 0;
    for (long k = 1; k < program->results; k++)
        *(double *)((char *)PyTuple_GET_ITEM(values, k - 1) + grad) += uniforms[program->result[k] >> 1];
    return 1;
}

/* The rows' memory, where they are a matrix of doubles of this width, one after the other; else 0. */
static int matrix(PyObject *object, long width, Py_buffer *rows)
{
    if (!PyObject_CheckBuffer(object) || PyObject_GetBuffer(object, rows, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)) {
        PyErr_Clear();
        return 0;
    }
    if (rows->ndim == 2 && rows->shape[1] == width && rows->format && !strcmp(rows->format, "d"))
        return 1;
    PyBuffer_Release(rows);
    return 0;
}

/* backward(program, rows, values, class, data, grad, threads, size): the sum of the first output, its gradient added to
 * the grads of `values`: all leaves, the inputs first, nodes of the class, whose fields are so many bytes from its start;
 * on threads from a size on. None where anything is out of the ordinary; nothing has changed then. */
static PyObject *blocks_backward(PyObject *module, PyObject *args)
{
    PyObject *capsule, *object, *values, *class, *result = NULL;
    Py_buffer rows;
    Py_ssize_t size, data, grad;
    int threads;
    if (!PyArg_ParseTuple(args, "OOO!Onnin", &capsule, &object, &PyTuple_Type, &values, &class, &data, &grad, &threads,
                          &size))
        return NULL;
    Program *program = PyCapsule_GetPointer(capsule, NAME);
    if (!program)
        return NULL;
    int plain = PyTuple_GET_SIZE(values) == program->columns + program->leaves
             && program->results == PyTuple_GET_SIZE(values) + 1;
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(values); i++)
        plain = (PyObject *)Py_TYPE(PyTuple_GET_ITEM(values, i)) == class;
    if (!plain || !matrix(object, program->columns, &rows))
        Py_RETURN_NONE;
    double *uniforms = malloc(((size_t)program->uniforms + 1) * sizeof(double));
    if (uniforms) {
        Work work;
        memcpy(uniforms, program->numbers, (size_t)program->uniforms * sizeof(double));
        for (long i = 0; i < program->leaves; i++)
            uniforms[program->leaf[i]] =
                *(const double *)((const char *)PyTuple_GET_ITEM(values, program->columns + i) + data);
        const int end = perform_on(program, &rows, NULL, uniforms, rows.shape[0], rows.shape[0] < size ? 1 : threads,
                                   &work);
        if (end != RAISED)
            result = end == DONE && commit(&work, uniforms, values, grad)
                   ? PyFloat_FromDouble(uniforms[program->result[0] >> 1]) : Py_NewRef(Py_None);
        free(work.totals);
        free(work.bad);
        free(uniforms);
    } else
        PyErr_NoMemory();
    PyBuffer_Release(&rows);
    return result;
}

static const Machine *machines[3];

static int supported(const Machine *machine)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (machine == &machine_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (machine == &machine_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return 1;
}

static const Machine *machine_called(const char *title)
{
    for (int i = 0; i < 3; i++)
        if (machines[i] && !strcmp(machines[i]->title, title))
            return machines[i];
    PyErr_Format(PyExc_ValueError, "no machine is called %s here", title);
    return NULL;
}

/* Each instruction is its code, its result, the number of its places, and these; whether all lie within bounds. */
static int decode(Program *program, int stage, const uint32_t *words, size_t length)
{
    long n = 0;
    for (size_t at = 0; at < length; at += 3 + words[at + 2], n++)
        if (at + 3 > length || words[at] >= CODES || words[at + 2] > length - at - 3)
            return 0;
    Instruction *to = program->stages[stage] = calloc((size_t)n + 1, sizeof(Instruction));
    program->lengths[stage] = n;
    for (size_t at = 0; to && at < length; at += 3 + words[at + 2])
        *to++ = (Instruction){program->machine->kernels[words[at]], words[at + 1], words[at + 2], words + at + 3};
    return program->stages[stage] != NULL;
}

/* load(machine, rows, registers, seed, before, on, after, columns, leaves, sums, results, numbers): a program. */
static PyObject *blocks_load(PyObject *module, PyObject *args)
{
    const char *title;
    Program *program = calloc(1, sizeof(Program));
    Py_buffer words[7], numbers;
    if (!program)
        return PyErr_NoMemory();
    atomic_flag_clear(&program->taken);
    if (!PyArg_ParseTuple(args, "sllly*y*y*y*y*y*y*y*", &title, &program->rows, &program->registers, &program->seed,
                          &words[0], &words[1], &words[2], &words[3], &words[4], &words[5], &words[6], &numbers)) {
        free(program);
        return NULL;
    }
    size_t length = 0, lengths[7];
    for (int i = 0; i < 7; i++)
        length += lengths[i] = (size_t)words[i].len / sizeof(uint32_t);
    uint32_t *at = program->words = malloc((length + 1) * sizeof(uint32_t));
    program->numbers = malloc((size_t)numbers.len + 1);
    int good = at && program->numbers && (program->machine = machine_called(title)) && program->rows <= RUN
            && program->rows % LANE_COUNT == 0 && program->rows > 0 && RUN % program->rows == 0;
    for (int i = 0; good && i < 7; at += lengths[i++]) {
        if (words[i].len)
            memcpy(at, words[i].buf, lengths[i] * sizeof(uint32_t));
        if (i < 3)
            good = decode(program, i, at, lengths[i]);
        else
            *(uint32_t **[]){&program->column, &program->leaf, &program->sum, &program->result}[i - 3] = at;
    }
    if (good)
        memcpy(program->numbers, numbers.buf, (size_t)numbers.len);
    program->columns = (long)lengths[3];
    program->leaves = (long)lengths[4];
    program->sums = (long)lengths[5];
    program->results = (long)lengths[6];
    program->uniforms = (long)(numbers.len / (Py_ssize_t)sizeof(double));
    for (int i = 0; i < 7; i++)
        PyBuffer_Release(&words[i]);
    PyBuffer_Release(&numbers);
    PyObject *capsule = good ? PyCapsule_New(program, NAME, release) : NULL;
    if (!capsule) {
        free_program(program);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "this is no program");
    }
    return capsule;
}

/* apply(machine, code, arguments, result): the instruction on columns of numbers; for tests. */
static PyObject *blocks_apply(PyObject *module, PyObject *args)
{
    const char *title;
    unsigned code;
    Py_buffer from, to;
    if (!PyArg_ParseTuple(args, "sIy*w*", &title, &code, &from, &to))
        return NULL;
    const Machine *machine = machine_called(title);
    const long count = (long)(to.len / (Py_ssize_t)sizeof(double));
    if (machine && (code >= CODES || code == CODE_reduce || code == CODE_total || count == 0 || count % LANE_COUNT || from.len % to.len))
        PyErr_SetString(PyExc_ValueError, "no such instruction, or columns of no multiple of 8 numbers");
    else if (machine) {
        double check[LANE_COUNT] = {0};
        uint32_t places[16], n = (uint32_t)(from.len / to.len);
        Frame frame = {from.buf, NULL, NULL, NULL, check, count, count};
        for (uint32_t i = 0; i < 16; i++)
            places[i] = 2 * (i < n ? i : 0);
        machine->kernels[code](&frame, to.buf, places, n < 16 ? n : 16);
    }
    PyBuffer_Release(&from);
    PyBuffer_Release(&to);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef blocks_methods[] = {
    {"load", blocks_load, METH_VARARGS, "A program from its instructions and where it takes and leaves its numbers."},
    {"perform", blocks_perform, METH_VARARGS, "Run a program on rows."},
    {"backward", blocks_backward, METH_VARARGS, "Run a program on rows, with its gradient for the leaves."},
    {"apply", blocks_apply, METH_VARARGS, "Run one instruction on columns of numbers."},
    {NULL},
};

#define TEXT(name) #name " "

static int blocks_exec(PyObject *module)
{
    const Machine *all[] = {
#if defined(__x86_64__) && defined(__GNUC__)
        &machine_avx512, &machine_avx2,
#endif
        &machine_plain};
    PyObject *titles = PyList_New(0);
    for (size_t i = 0, n = 0; titles && i < sizeof all / sizeof *all; i++)
        if (supported(all[i])) {
            PyObject *title = PyUnicode_FromString(all[i]->title);
            if (!title || PyList_Append(titles, title))
                return -1;
            Py_DECREF(title);
            machines[n++] = all[i];
        }
    return !titles || PyModule_AddObject(module, "MACHINES", titles) || PyModule_AddIntConstant(module, "RUN", RUN)
        || PyModule_AddStringConstant(module, "INSTRUCTIONS", INSTRUCTIONS(TEXT)) ? -1 : 0;
}

static PyModuleDef_Slot blocks_slots[] = {
    {Py_mod_exec, blocks_exec},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef blocks_module = {
    PyModuleDef_HEAD_INIT, .m_name = "engine.native.blocks", .m_doc = "The block interpreter of replays.",
    .m_methods = blocks_methods, .m_slots = blocks_slots,
};

PyMODINIT_FUNC PyInit_blocks(void) { return PyModuleDef_Init(&blocks_module); }
