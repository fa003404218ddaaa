/* An update of nodes of the compiled core: numbers and grads read, the program run, and new numbers written, a stretch of
 * nodes after the other, so that each is in the cache once. Python's lock is held throughout, and where anything fails the
 * nodes that were written get their numbers back: nobody sees half of it. */
#define VALUES "engine.native.core.values"           /* what `bound` gives */
enum { STRETCH = 1024, FETCHED = 16 };               /* nodes; those ahead that are fetched before they are needed */

typedef struct {
    Program *program;
    PyObject *values, *leaves;                       /* a tuple of nodes, a row for each; a list of what all have in common */
    Py_buffer before, after;                         /* rows, each p, g and what is kept; as read, and as they become */
    Py_ssize_t data, grad;                           /* bytes from the start of a node */
} Updating;

/* The number that is so many bytes from the start of the i-th node, while some after it are fetched. */
static inline double *number_of(const Updating *updating, Py_ssize_t i, Py_ssize_t bytes)
{
    return (double *)((char *)PyTuple_GET_ITEM(updating->values, i) + bytes);
}

/* Numbers and grads of some nodes into their rows. */
static void fetch_stretch(const Updating *updating, Py_ssize_t from, Py_ssize_t to)
{
    const Py_ssize_t width = updating->program->columns, last = PyTuple_GET_SIZE(updating->values) - 1;
    double *row = (double *)updating->before.buf + from * width;
    for (Py_ssize_t i = from; i < to; i++, row += width) {
#ifdef __GNUC__
        __builtin_prefetch(number_of(updating, i + FETCHED < last ? i + FETCHED : last, updating->data), 1);
#endif
        row[0] = *number_of(updating, i, updating->data);
        row[1] = *number_of(updating, i, updating->grad);
    }
}

/* The first number of each row becomes that of its node. */
static void write_stretch(const Updating *updating, const Py_buffer *rows, Py_ssize_t from, Py_ssize_t to)
{
    const Py_ssize_t width = updating->program->columns;
    for (Py_ssize_t i = from; i < to; i++)
        *number_of(updating, i, updating->data) = ((const double *)rows->buf)[i * width];
}

/* Run the program on some rows; whether all that it found is finite. */
static int run_stretch(const Updating *updating, Py_ssize_t from, Py_ssize_t to)
{
    const Py_ssize_t width = updating->program->columns;
    Work work = dealt(updating->program, (const double *)updating->before.buf + from * width, to - from);
    work.outputs = (double *)updating->after.buf + from * width;
    int good = equip(&work);
    if (!good)
        PyErr_NoMemory();
    else
        good = take_leaves(&work, updating->leaves) && run_uniform(work.program, 0, work.uniforms);
    if (good) {
        labour(&work, aligned(work.memory), 0);      /* on this thread alone, in which no signal is looked at */
        good = !atomic_load(&work.spoilt) && run_uniform(work.program, 2, work.uniforms);
    }
    give_back(&work);
    return good;
}

/* update(program, values, leaves, before, after, data, grad): whether the nodes that `bound` made `values` have been moved to
 * where the program has them, and the rows after it filled; else their numbers are what they were. */
static PyObject *blocks_update(PyObject *module, PyObject *args)
{
    PyObject *capsule, *values;
    Updating updating;
    if (!PyArg_ParseTuple(args, "OOOw*w*nn", &capsule, &values, &updating.leaves, &updating.before, &updating.after,
                          &updating.data, &updating.grad))
        return NULL;
    updating.program = PyCapsule_GetPointer(capsule, NAME);
    updating.values = updating.program ? PyCapsule_GetPointer(values, VALUES) : NULL;
    const Py_ssize_t n = updating.values ? PyTuple_GET_SIZE(updating.values) : 0;
    Py_ssize_t done = 0;
    if (updating.values && updating.program->columns >= 2 && updating.program->results == updating.program->columns
        && long_enough(updating.program, n, &updating.before, &updating.after, &(Py_buffer){0})) {
        for (Py_ssize_t end; done < n; done = end) {
            end = n - done < STRETCH ? n : done + STRETCH;
            fetch_stretch(&updating, done, end);
            if (!run_stretch(&updating, done, end))
                break;
            write_stretch(&updating, &updating.after, done, end);
        }
        if (done < n)
            write_stretch(&updating, &updating.before, 0, done);
    } else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a program that gives as many numbers for a row as it takes is needed");
    PyBuffer_Release(&updating.before);
    PyBuffer_Release(&updating.after);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(done == n);
}
