/* The gradient of a program for nodes of the compiled core: functions of rows, in which nothing is looked up twice. */
#define GRADIENT NAME ".gradient"

typedef struct {
    PyObject *capsule, *values;                      /* the program; all leaves, the inputs first */
    Program *program;
    Py_ssize_t data, grad;                           /* bytes from the start of a node */
    int threads;                                     /* if negative, up to as many as pay */
} Gradient;

/* The number of a leaf that is so many bytes from its start. */
static double *field(const Gradient *gradient, Py_ssize_t leaf, Py_ssize_t bytes)
{
    return (double *)((char *)PyTuple_GET_ITEM(gradient->values, leaf) + bytes);
}

/* The results added to the grads of all leaves or, divided by a count, put there for those that are no inputs, if every part
 * is good and every grad stays finite; whether it was done. Else nothing has changed: nobody looks in between, Python's lock
 * is held. */
static int commit(const Gradient *gradient, Work *work, double count)
{
    const long n = work->program->results - 1, first = count > 0.0 ? work->program->columns : 0;
    const uint32_t *const results = work->program->result + 1;
    const double *const uniforms = work->uniforms, z = uniforms[work->program->result[0] >> 1];
    double *const before = work->uniforms + work->program->uniforms;
    uint64_t check = 0, bits;                        /* gathered: a sum of what is 0 or nan would take longer */
    if (atomic_load(&work->spoilt) || z - z != 0.0)
        return 0;
    for (long k = first; k < n; k++) {
        double *const grad = field(gradient, k, gradient->grad);
        const double sum = uniforms[results[k] >> 1], x = count > 0.0 ? sum / count : *grad + sum, none = x - x;
        before[k] = *grad;
        *grad = x;
        check |= (memcpy(&bits, &none, sizeof bits), bits);
    }
    for (long k = first; check && k < n; k++)
        *field(gradient, k, gradient->grad) = before[k];
    return !check;
}

/* The rows' memory, where they are a matrix of doubles of this width, one after the other; else 0. Others than plain arrays
 * may mean more than their numbers: one that is masked. */
static int matrix(PyObject *object, long width, Py_buffer *rows)
{
    if ((!PyMemoryView_Check(object) && strcmp(Py_TYPE(object)->tp_name, "numpy.ndarray"))
        || PyObject_GetBuffer(object, rows, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)) {
        PyErr_Clear();
        return 0;
    }
    if (rows->ndim == 2 && rows->shape[1] == width && rows->format && rows->format[0] == 'd' && !rows->format[1])
        return 1;
    PyBuffer_Release(rows);
    return 0;
}

/* The sum of the first output, its gradient added to the leaves' grads, or put there. None where anything is out of the
 * ordinary; nothing has changed then. */
static PyObject *find(const Gradient *gradient, PyObject *object, double count)
{
    Program *program = gradient->program;
    PyObject *result = NULL;
    Py_buffer rows;
    if (!matrix(object, program->columns, &rows))
        Py_RETURN_NONE;
    Work work = dealt(program, rows.buf, rows.shape[0]);
    if (equip(&work)) {
        for (long i = 0; i < program->leaves; i++)
            work.uniforms[program->leaf[i]] = *field(gradient, program->columns + i, gradient->data);
        const int end = perform(&work, gradient->threads);
        if (end != RAISED)
            result = end == DONE && commit(gradient, &work, count)
                   ? PyFloat_FromDouble(work.uniforms[program->result[0] >> 1]) : Py_NewRef(Py_None);
    } else
        PyErr_NoMemory();
    give_back(&work);
    PyBuffer_Release(&rows);
    return result;
}

static PyObject *gradient_add(PyObject *capsule, PyObject *rows)
{
    return find(PyCapsule_GetPointer(capsule, GRADIENT), rows, 0.0);
}

static PyObject *gradient_put(PyObject *capsule, PyObject *args)
{
    PyObject *rows;
    double count;
    if (!PyArg_ParseTuple(args, "Od", &rows, &count))
        return NULL;
    return find(PyCapsule_GetPointer(capsule, GRADIENT), rows, count);
}

/* The numbers of the leaves that are no inputs, in a list. */
static PyObject *gradient_leaves(PyObject *capsule, PyObject *unused)
{
    const Gradient *gradient = PyCapsule_GetPointer(capsule, GRADIENT);
    PyObject *numbers = PyList_New(gradient->program->leaves);
    (void)unused;
    for (long k = 0; numbers && k < gradient->program->leaves; k++) {
        PyObject *x = PyFloat_FromDouble(*field(gradient, gradient->program->columns + k, gradient->data));
        if (!x)
            Py_CLEAR(numbers);
        else
            PyList_SET_ITEM(numbers, k, x);
    }
    return numbers;
}

static void release_gradient(PyObject *capsule)
{
    Gradient *gradient = PyCapsule_GetPointer(capsule, GRADIENT);
    Py_DECREF(gradient->capsule);
    Py_DECREF(gradient->values);
    free(gradient);
}

static PyMethodDef gradient_methods[] = {
    {"add", gradient_add, METH_O, "The sum of the first output; its gradient is added to the grads of the leaves."},
    {"put", gradient_put, METH_VARARGS, "The same, divided by a count: the grads of the leaves that are no inputs."},
    {"leaves", gradient_leaves, METH_NOARGS, "The numbers of the leaves that are no inputs."},
};

enum { FUNCTIONS = sizeof gradient_methods / sizeof *gradient_methods };

/* Functions for one gradient, which owns what it needs. */
static PyObject *functions_of(const Gradient *found)
{
    Gradient *gradient = malloc(sizeof *found);
    PyObject *capsule = gradient ? PyCapsule_New(gradient, GRADIENT, release_gradient) : PyErr_NoMemory();
    if (!capsule) {
        free(gradient);
        return NULL;
    }
    *gradient = *found;
    Py_INCREF(found->capsule);
    Py_INCREF(found->values);
    PyObject *all = PyTuple_New(FUNCTIONS);
    for (int i = 0; all && i < FUNCTIONS; i++) {
        PyObject *function = PyCFunction_New(&gradient_methods[i], capsule);
        if (function)
            PyTuple_SET_ITEM(all, i, function);
        else
            Py_CLEAR(all);
    }
    Py_DECREF(capsule);
    return all;
}

/* gradient(program, values, class, data, grad, threads): the functions for these leaves, all nodes of the class. */
static PyObject *blocks_gradient(PyObject *module, PyObject *args)
{
    Gradient found;
    PyObject *class;
    if (!PyArg_ParseTuple(args, "OO!Onni", &found.capsule, &PyTuple_Type, &found.values, &class, &found.data, &found.grad,
                          &found.threads) || !(found.program = PyCapsule_GetPointer(found.capsule, NAME)))
        return NULL;
    int good = PyTuple_GET_SIZE(found.values) == found.program->columns + found.program->leaves
            && found.program->results == PyTuple_GET_SIZE(found.values) + 1;
    for (Py_ssize_t i = 0; good && i < PyTuple_GET_SIZE(found.values); i++)
        good = (PyObject *)Py_TYPE(PyTuple_GET_ITEM(found.values, i)) == class;
    if (!good)
        return PyErr_Format(PyExc_TypeError, "the leaves of the program are needed, all of one class");
    return functions_of(&found);
}

/* How many numbers of a row were read: all, unless something is no plain float or int. */
static Py_ssize_t read_row(PyObject *row, Py_ssize_t width, double *to)
{
    const int list = PyList_CheckExact(row);
    if ((!list && !PyTuple_CheckExact(row)) || Py_SIZE(row) != width)
        return -1;
    for (Py_ssize_t k = 0; k < width; k++) {
        PyObject *x = list ? PyList_GET_ITEM(row, k) : PyTuple_GET_ITEM(row, k);
        if (PyFloat_CheckExact(x))
            to[k] = PyFloat_AS_DOUBLE(x);
        else if (PyLong_CheckExact(x))
            to[k] = PyLong_AsDouble(x);              /* -1 and an error where it is too large */
        else
            return k;
    }
    return width;
}

/* listed(rows, width): the numbers of a list of lists of floats and ints in memory; None for other rows. */
static PyObject *blocks_listed(PyObject *module, PyObject *args)
{
    PyObject *rows;
    Py_ssize_t width;
    if (!PyArg_ParseTuple(args, "On", &rows, &width))
        return NULL;
    const int list = PyList_CheckExact(rows);
    const Py_ssize_t n = list || PyTuple_CheckExact(rows) ? Py_SIZE(rows) : 0;
    if (!n || width < 1 || n > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(double) / width)
        Py_RETURN_NONE;
    const Py_ssize_t pause = (1 << 18) / width + 1;
    PyObject *numbers = PyByteArray_FromStringAndSize(NULL, n * width * (Py_ssize_t)sizeof(double));
    double *to = numbers ? (double *)PyByteArray_AS_STRING(numbers) : NULL;
    for (Py_ssize_t i = 0; numbers && i < n; i++, to += width) {
        if (i % pause == pause - 1 && PyErr_CheckSignals())
            Py_CLEAR(numbers);                       /* Ctrl-C */
        else if (i >= Py_SIZE(rows) || read_row(list ? PyList_GET_ITEM(rows, i) : PyTuple_GET_ITEM(rows, i), width, to) < width
                 || PyErr_Occurred()) {
            PyErr_Clear();
            Py_DECREF(numbers);
            Py_RETURN_NONE;
        }
    }
    return numbers;
}
