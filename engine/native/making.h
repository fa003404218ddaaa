/* Making nodes: what the rows, poured into rows.h, are for operands that may be plain numbers. A function here gives
 * NULL without an exception where Python's method has to decide: for operands out of the ordinary, and where there is
 * no finite result. */

/* The number of an operand: a Value's, or that of an exact float or int; 0 for any other. */
static inline int number_of(PyObject *object, double *number)
{
    if (is_value(object))
        *number = ((Node *)object)->data;
    else if (PyFloat_CheckExact(object))
        *number = PyFloat_AS_DOUBLE(object);
    else if (PyLong_CheckExact(object)) {
        *number = PyLong_AsDouble(object);
        if (*number == -1.0 && PyErr_Occurred()) {
            PyErr_Clear();
            return 0;
        }
    } else
        return 0;
    return isfinite(*number);
}

static inline void set_operand_of(Operand *operand, Slope *slope, PyObject *object, double number, double d)
{
    if (is_value(object)) {
        Py_INCREF(object);
        operand->object = object;
        slope->number = d;
    } else {
        operand->number = number;
        slope->bits = PLAIN;
    }
}

static inline Node *made(PyObject *row, double z)
{
    Node *node = new_node();
    if (node) {
        Py_INCREF(row);
        node->data = z;
        node->grad = 0.0;
        node->row = row;
        node->label = NULL;
        node->mark = node->many = 0;
    }
    return node;
}

typedef PyObject *(*One)(PyObject *);
typedef PyObject *(*Two)(PyObject *, PyObject *);
typedef void (*Many)(Py_ssize_t n, const double *operands, Py_ssize_t index, const char *wanted, double *room, int *bad,
                     double *result, double *slopes);

static PyObject *by_one(int row, One one, PyObject *object)
{
    PyObject *node = is_value(object) ? one(object) : NULL;
    return node || PyErr_Occurred() ? node : PyObject_CallFunctionObjArgs(methods[row], object, NULL);
}

static PyObject *by_two(int row, Two two, PyObject *left, PyObject *right)
{
    PyObject *node = two(left, right);
    if (node || PyErr_Occurred())
        return node;
    return is_value(left) ? PyObject_CallFunctionObjArgs(methods[row], left, right, NULL)
                          : PyObject_CallFunctionObjArgs(reflected[row], right, left, NULL);
}

#define ONE(name)                                                                                                      \
    static PyObject *one_##name(PyObject *object)                                                                      \
    {                                                                                                                  \
        int bad = 0;                                                                                                   \
        double z, dx;                                                                                                  \
        name##_row(((Node *)object)->data, &bad, &z, &dx);                                                             \
        Node *node = bad || !isfinite(z) ? NULL : made(ops[ROW_##name], z);                                            \
        if (node) {                                                                                                    \
            Py_INCREF(object);                                                                                         \
            node->x.object = object;                                                                                   \
            node->dx.number = dx;                                                                                      \
            node->y.object = NULL;                                                                                     \
            node->dy.bits = NONE;                                                                                      \
        }                                                                                                              \
        return (PyObject *)node;                                                                                       \
    }                                                                                                                  \
    static inline PyObject *slot_##name(PyObject *object) { return by_one(ROW_##name, one_##name, object); }

#define TWO(name)                                                                                                      \
    static PyObject *two_##name(PyObject *left, PyObject *right)                                                       \
    {                                                                                                                  \
        int bad = 0;                                                                                                   \
        double x, y, z, dx, dy;                                                                                        \
        if (!number_of(left, &x) || !number_of(right, &y))                                                             \
            return NULL;                                                                                               \
        name##_row(x, y, is_value(left), is_value(right), &bad, &z, &dx, &dy);                                         \
        Node *node = bad || !isfinite(z) ? NULL : made(ops[ROW_##name], z);                                            \
        if (node) {                                                                                                    \
            set_operand_of(&node->x, &node->dx, left, x, dx);                                                          \
            set_operand_of(&node->y, &node->dy, right, y, dy);                                                         \
        }                                                                                                              \
        return (PyObject *)node;                                                                                       \
    }                                                                                                                  \
    static inline PyObject *slot_##name(PyObject *left, PyObject *right)                                               \
    {                                                                                                                  \
        return by_two(ROW_##name, two_##name, left, right);                                                            \
    }

/* x + y and x - y, where it is told that a leaf with a gradient was moved by a plain number: that may be a mistake. */
static PyObject *moved;

static PyObject *told_of_move(PyObject *node)
{
    PyObject *done = moved ? PyObject_CallFunctionObjArgs(moved, node, NULL) : Py_NewRef(Py_None);
    if (!done)
        Py_CLEAR(node);
    Py_XDECREF(done);
    return node;
}

#define MOVES(name)                                                                                                    \
    static PyObject *moves_##name(PyObject *left, PyObject *right)                                                     \
    {                                                                                                                  \
        PyObject *node = slot_##name(left, right);                                                                     \
        const int told = node && PyFloat_CheckExact(right) && is_value(left) && !((Node *)left)->row                   \
                         && ((Node *)left)->grad != 0.0;                                                               \
        return told ? told_of_move(node) : node;                                                                       \
    }

/* x ** y as Python's pow(x, y, modulus), which is an error with a modulus. */
#define POWER(name)                                                                                                    \
    static PyObject *power_##name(PyObject *left, PyObject *right, PyObject *modulus)                                  \
    {                                                                                                                  \
        return modulus == Py_None ? slot_##name(left, right)                                                           \
                                  : PyObject_CallFunctionObjArgs(methods[ROW_##name], left, right, modulus, NULL);     \
    }

typedef struct { PyObject *list; PyObject *const *items; Py_ssize_t n; } Column;   /* list: NULL of plain arguments */

/* Operands in a tuple from `at` on, their numbers, and which of them are Values; 0 where one is out of the ordinary. A
 * list is read only here: a finaliser that ran when the tuple was made may have changed it. */
static int gather(PyObject *nodes, Py_ssize_t at, const Column *column, double *numbers, char *wanted)
{
    PyObject *const *items = column->list ? PySequence_Fast_ITEMS(column->list) : column->items;
    if (column->list && PySequence_Fast_GET_SIZE(column->list) != column->n)
        return 0;
    for (Py_ssize_t i = 0; i < column->n; i++) {
        PyObject *item = items[i];
        if (!number_of(item, &numbers[at + i]))
            return 0;
        wanted[at + i] = (char)is_value(item);
        if (PyLong_CheckExact(item)) {
            item = PyFloat_FromDouble(numbers[at + i]);
            if (!item)
                return 0;
        } else
            Py_INCREF(item);
        PyTuple_SET_ITEM(nodes, at + i, item);
    }
    return 1;
}

/* The node of a row of many operands; a plain number where all operands are. */
static PyObject *node_of_many(int row, Many many, size_t arrays, const Column *columns, Py_ssize_t index, int has_index)
{
    double small[192], *numbers = small, z = 0.0;
    Py_ssize_t n = columns[0].n + columns[1].n + columns[2].n;
    size_t size = (size_t)n * (arrays + 1) * sizeof(double) + (size_t)n;
    PyObject *nodes = PyTuple_New(n), *place = has_index ? PyLong_FromSsize_t(index) : NULL, *result = NULL;
    Block *block = PyMem_Malloc(sizeof(Block) + (size_t)n * sizeof(double));
    if (size > sizeof(small))
        numbers = PyMem_Malloc(size);
    if (!nodes || !block || !numbers || (has_index && !place))
        PyErr_NoMemory();
    else {
        int bad = 0, values = 0;
        char *wanted = (char *)(numbers + (size_t)n * (arrays + 1));
        if (gather(nodes, 0, &columns[0], numbers, wanted) &&
            gather(nodes, columns[0].n, &columns[1], numbers, wanted) &&
            gather(nodes, columns[0].n + columns[1].n, &columns[2], numbers, wanted)) {
            for (Py_ssize_t i = 0; i < n; i++)
                values |= wanted[i];
            many(columns[0].n, numbers, index, wanted, numbers + n, &bad, &z, values ? block->slopes : NULL);
            if (!bad && isfinite(z))
                result = values ? (PyObject *)made(ops[row], z) : PyFloat_FromDouble(z);
            if (result && values) {
                Node *node = (Node *)result;
                if (PyObject_GC_IsTracked(nodes))    /* numbers and Values make no cycles */
                    PyObject_GC_UnTrack(nodes);
                block->n = n;
                node->x.object = nodes;
                node->dx.block = block;
                node->y.object = place;
                node->dy.bits = NONE;
                node->many = 1;
                nodes = place = NULL;
                block = NULL;
            }
        }
    }
    if (numbers != small)
        PyMem_Free(numbers);
    PyMem_Free(block);
    Py_XDECREF(nodes);
    Py_XDECREF(place);
    return result;
}
