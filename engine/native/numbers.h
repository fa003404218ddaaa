/* Numbers of many nodes at once: read into columns of a matrix of doubles, or written from one. Python's lock is held
 * throughout and no Python code runs: nobody sees half of it, and no Ctrl-C comes between. */
#define VALUES "engine.native.core.values"
enum { FETCHED = 16 };                               /* nodes ahead that are fetched before they are needed */

typedef struct {
    PyObject *values;                                /* a tuple of nodes, a row of the matrix for each */
    Py_buffer matrix;
    Py_ssize_t n, width, data, grad;                 /* columns; where data and grads are, or -1 */
} Columns;

static void release_values(PyObject *capsule) { Py_DECREF((PyObject *)PyCapsule_GetPointer(capsule, VALUES)); }

/* bound(values): the tuple, all of whose items are nodes, for `read` and `write`. */
static PyObject *bound_values(PyObject *module, PyObject *values)
{
    if (!PyTuple_CheckExact(values))
        return PyErr_Format(PyExc_TypeError, "a tuple of Values is needed");
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(values); i++)
        if (!is_value(PyTuple_GET_ITEM(values, i)))
            return PyErr_Format(PyExc_TypeError, "Values are needed; number %zd is none", i);
    PyObject *capsule = PyCapsule_New(values, VALUES, release_values);
    if (capsule)
        Py_INCREF(values);
    return capsule;
}

/* The i-th node, while some after it are fetched. */
static inline Node *node_at(const Columns *columns, Py_ssize_t i)
{
    PyObject *const *nodes = &PyTuple_GET_ITEM(columns->values, 0);
#ifdef __GNUC__
    __builtin_prefetch(nodes[i + FETCHED < columns->n ? i + FETCHED : i], 1);
#endif
    return (Node *)nodes[i];
}

/* Take the arguments; whether they fit. The matrix has to be given back then. */
static int take_columns(PyObject *args, Columns *columns, int writable)
{
    PyObject *capsule, *matrix;
    if (!PyArg_ParseTuple(args, "OOnnn", &capsule, &matrix, &columns->width, &columns->data, &columns->grad)
        || !(columns->values = PyCapsule_GetPointer(capsule, VALUES))
        || PyObject_GetBuffer(matrix, &columns->matrix, PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)))
        return 0;
    const Py_ssize_t width = columns->width, room = columns->matrix.len / (Py_ssize_t)sizeof(double);
    columns->n = PyTuple_GET_SIZE(columns->values);
    if (width > 0 && !strcmp(columns->matrix.format, "d") && columns->n <= room / width && columns->data >= -1
        && columns->data < width && columns->grad >= -1 && columns->grad < width)
        return 1;
    PyErr_SetString(PyExc_ValueError, "a matrix of doubles with a row for each Value is needed, and columns in it");
    PyBuffer_Release(&columns->matrix);
    return 0;
}

/* read(bound, matrix, width, data, grad): data and grads of the values into these columns of the matrix. */
static PyObject *read_numbers(PyObject *module, PyObject *args)
{
    Columns columns;
    if (!take_columns(args, &columns, 1))
        return NULL;
    double *row = columns.matrix.buf;
    for (Py_ssize_t i = 0; i < columns.n; i++, row += columns.width) {
        const Node *node = node_at(&columns, i);
        if (columns.data >= 0)
            row[columns.data] = node->data;
        if (columns.grad >= 0)
            row[columns.grad] = node->grad;
    }
    PyBuffer_Release(&columns.matrix);
    Py_RETURN_NONE;
}

/* write(bound, matrix, width, data, grad): these columns, whose numbers are finite, become data and grads. */
static PyObject *write_numbers(PyObject *module, PyObject *args)
{
    Columns columns;
    if (!take_columns(args, &columns, 0))
        return NULL;
    const double *row = columns.matrix.buf;
    for (Py_ssize_t i = 0; i < columns.n; i++, row += columns.width) {
        Node *node = node_at(&columns, i);
        if (columns.data >= 0)
            node->data = row[columns.data];
        if (columns.grad >= 0)
            node->grad = row[columns.grad];
    }
    PyBuffer_Release(&columns.matrix);
    Py_RETURN_NONE;
}
