/* What is done once for all rows: the stages before and after them, the sums of the segments, and the answers. */
/* z + x as a pair of doubles. */
static void take_up(double *z, double *rest, double x)
{
    const double sum = *z + x, shift = sum - *z;
    *rest += (*z - (sum - shift)) + (x - shift);
    *z = sum;
}

/* The instructions of a stage in which everything is uniform; whether all results are finite. */
static int run_uniform(const Program *program, int stage, double *uniforms)
{
    double result[LANE_COUNT];
    int bad = 0;
    Frame frame = {.uniforms = uniforms, .bad = &bad, .count = LANE_COUNT};
    for (long i = 0; i < program->lengths[stage]; i++) {
        const Instruction *instruction = &program->stages[stage][i];
        instruction->kernel(&frame, result, instruction->places, instruction->n);
        uniforms[instruction->result] = result[0];
    }
    return !bad;
}

enum { RAISED = -1, DONE, FAILED };                 /* FAILED: what is uniform is not finite */

/* Run all stages; the results are then among the uniforms. */
static int perform(Work *work, double *uniforms, int threads)
{
    const Program *program = work->program;
    if (!run_uniform(program, 0, uniforms))
        return FAILED;
    do {                                             /* where some run is bad once more, without it */
        atomic_store(&work->next, 0);
        if (share(work, threads < work->segments ? threads : (int)work->segments)) {
            PyErr_NoMemory();
            return RAISED;
        }
    } while (!atomic_load(&work->stop) && !work->again++ && atomic_load(&work->spoilt));
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

/* A program and n rows, dealt out to runs, blocks and segments: of all but the size of a block, n alone decides. */
static Work dealt(Program *program, Py_ssize_t n)
{
    const Py_ssize_t runs = n < RUN ? n > 0 : n / RUN, parts = runs / SEGMENT_RUNS;
    const Py_ssize_t longest = runs ? ((n + TILE - 1) / TILE + runs - 1) / runs * TILE : 0;
    const Py_ssize_t blocks = (longest + program->rows - 1) / program->rows;
    return (Work){.program = program, .n = n, .runs = runs, .block = blocks ? padded((longest + blocks - 1) / blocks) : 0,
                  .segments = parts < 1 ? 1 : parts > SEGMENTS ? SEGMENTS : parts};
}

/* Run a program on n rows; `uniforms` hold the leaves' numbers. */
static int perform_on(Program *program, const Py_buffer *rows, const Py_buffer *outputs, double *uniforms, Py_ssize_t n,
                      int threads, Work *work)
{
    *work = dealt(program, n);
    work->rows = rows->buf;
    work->uniforms = uniforms;
    work->outputs = outputs ? outputs->buf : NULL;
    if (n < 0 || rows->len < (Py_ssize_t)sizeof(double) * n * program->columns || (outputs &&
            (outputs->readonly || outputs->len < (Py_ssize_t)sizeof(double) * n * program->results))) {
        PyErr_SetString(PyExc_ValueError, "the rows or the outputs have too few numbers");
        return RAISED;
    }
    const size_t totals = 2 * (size_t)work->segments * program->sums * sizeof(double);
    if ((work->totals = malloc(totals + (size_t)work->runs + 1))) {
        work->bad = memset((char *)work->totals + totals, 0, (size_t)work->runs + 1);
        return perform(work, uniforms, threads < 1 ? 1 : threads);
    }
    PyErr_NoMemory();
    return RAISED;
}

static PyObject *answer(const Work *work, const double *uniforms, int gradient)
{
    const Program *program = work->program;
    PyObject *bad = PyList_New(0), *results = gradient ? PyList_New(program->results) : Py_NewRef(Py_None);
    for (Py_ssize_t i = 0; bad && i < work->runs; i++)
        if (work->bad[i]) {
            PyObject *at = Py_BuildValue("nn", start_of(work, i), start_of(work, i + 1));
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

/* perform(program, rows, outputs, leaves, n, threads): (results, where the runs that failed begin and end), or None. */
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
    const double z = uniforms[program->result[0] >> 1];
    int good = z - z == 0.0;
    for (Py_ssize_t i = 0; i < work->runs; i++)
        good &= !work->bad[i];
    for (long k = 1; k < program->results; k++) {
        const char *value = (const char *)PyTuple_GET_ITEM(values, k - 1);
        const double x = *(const double *)(value + grad) + uniforms[program->result[k] >> 1];
        good &= x - x == 0.0;
    }
    for (long k = 1; good && k < program->results; k++)
        *(double *)((char *)PyTuple_GET_ITEM(values, k - 1) + grad) += uniforms[program->result[k] >> 1];
    return good;
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

/* backward(program, values, class, data, grad, threads, size, rows): the sum of the first output, its gradient added to
 * the grads of `values`: all leaves, the inputs first, nodes of the class, whose fields are so many bytes from its start;
 * on threads from a size on. None where anything is out of the ordinary; nothing has changed then. */
static PyObject *blocks_backward(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    PyObject *values = n == 8 ? args[1] : NULL, *result = NULL;
    Py_buffer rows;
    if (!values || !PyTuple_Check(values))
        return PyErr_Format(PyExc_TypeError, "a program, a tuple of nodes, and six more arguments are needed");
    Program *program = PyCapsule_GetPointer(args[0], NAME);
    const Py_ssize_t data = PyLong_AsSsize_t(args[3]), grad = PyLong_AsSsize_t(args[4]);
    const Py_ssize_t threads = PyLong_AsSsize_t(args[5]), size = PyLong_AsSsize_t(args[6]);
    if (PyErr_Occurred())
        return NULL;
    int plain = PyTuple_GET_SIZE(values) == program->columns + program->leaves
             && program->results == PyTuple_GET_SIZE(values) + 1;
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(values); i++)
        plain = (PyObject *)Py_TYPE(PyTuple_GET_ITEM(values, i)) == args[2];
    if (!plain || !matrix(args[7], program->columns, &rows))
        Py_RETURN_NONE;
    double *uniforms = malloc(((size_t)program->uniforms + 1) * sizeof(double));
    if (uniforms) {
        Work work;
        memcpy(uniforms, program->numbers, (size_t)program->uniforms * sizeof(double));
        for (long i = 0; i < program->leaves; i++)
            uniforms[program->leaf[i]] =
                *(const double *)((const char *)PyTuple_GET_ITEM(values, program->columns + i) + data);
        const int end = perform_on(program, &rows, NULL, uniforms, rows.shape[0], rows.shape[0] < size ? 1 : (int)threads,
                                   &work);
        if (end != RAISED)
            result = end == DONE && commit(&work, uniforms, values, grad)
                   ? PyFloat_FromDouble(uniforms[program->result[0] >> 1]) : Py_NewRef(Py_None);
        free(work.totals);
        free(uniforms);
    } else
        PyErr_NoMemory();
    PyBuffer_Release(&rows);
    return result;
}

