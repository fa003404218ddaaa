/* The grammar on doubles, all of it as CPython computes it: the same calls of the same C library, the same order of sums.
 * Where Python would raise, or where that is in question, `bad` is set and the row's Python method has the last word. */
#include <errno.h>
#include <math.h>

/* A function of one number or of two, as its line in the table has it. */
#define OF_ONE(name, call)                                                                                             \
    static inline double name##_of(double x, int *bad)                                                                 \
    {                                                                                                                  \
        const double z = call;                                                                                         \
        if (!isfinite(z))                                                                                              \
            *bad = 1;                                                                                                  \
        return z;                                                                                                      \
    }

#define OF_TWO(name, call)                                                                                             \
    static inline double name##_of(double x, double y, int *bad)                                                       \
    {                                                                                                                  \
        const double z = call;                                                                                         \
        if (!isfinite(z))                                                                                              \
            *bad = 1;                                                                                                  \
        return z;                                                                                                      \
    }

/* One that C does not have as Python has it: Python's own is asked. */
#define ASKED_OF_ONE(name)                                                                                             \
    static PyObject *python_##name;                                                                                    \
    static double name##_of(double x, int *bad) { return asked(python_##name, 1, x, 0.0, bad); }

#define ASKED_OF_TWO(name)                                                                                             \
    static PyObject *python_##name;                                                                                    \
    static double name##_of(double x, double y, int *bad) { return asked(python_##name, 2, x, y, bad); }

typedef struct { const char *name; PyObject **function; } Asked;

/* What a function of floats gives for n numbers, the first of these. */
static inline double asked(PyObject *function, size_t n, double x, double y, int *bad)
{
    PyObject *numbers[2] = {PyFloat_FromDouble(x), PyFloat_FromDouble(y)}, *result = NULL;
    if (numbers[0] && numbers[1])
        result = PyObject_Vectorcall(function, numbers, n, NULL);
    const double z = result ? PyFloat_AsDouble(result) : 0.0;
    Py_XDECREF(numbers[0]);
    Py_XDECREF(numbers[1]);
    Py_XDECREF(result);
    if (PyErr_Occurred() || !isfinite(z)) {
        PyErr_Clear();
        *bad = 1;
    }
    return z;
}

/* Keep the functions that are asked, from where Python has them; whether all are there. */
static int keep_asked(const Asked *all)
{
    PyObject *module = PyImport_ImportModule("engine.formula");
    PyObject *floats = module ? PyObject_GetAttrString(module, "FLOATS") : NULL;
    for (; floats && all->name; all++)
        if (!(*all->function = PyMapping_GetItemString(floats, all->name)))
            break;
    Py_XDECREF(module);
    Py_XDECREF(floats);
    return floats && !all->name;
}

static inline double over(double x, double y, int *bad)
{
    if (y == 0.0) {
        *bad = 1;
        return 0.0;
    }
    return x / y;
}

/* x ** y: the cases that CPython decides by itself, then the library's pow of |x|. */
static inline double power(double x, double y, int *bad)
{
    double z;
    int negative = 0;
    if (y == 0.0)
        return 1.0;
    if (!isfinite(x) || !isfinite(y) || (x == 0.0 && y < 0.0) || (x < 0.0 && y != floor(y))) {
        *bad = 1;
        return 0.0;
    }
    if (x == 0.0)
        return fmod(fabs(y), 2.0) == 1.0 ? x : 0.0;
    if (x < 0.0) {
        x = -x;
        negative = fmod(fabs(y), 2.0) == 1.0;
    }
    if (x == 1.0)
        return negative ? -1.0 : 1.0;
    errno = 0;
    z = pow(x, y);
    if (!isfinite(z) || (errno && z != 0.0))
        *bad = 1;
    return negative ? -z : z;
}

/* Aggregates of n terms; op.py and math.fsum say what they are. */

static inline double total(Py_ssize_t n, const double *terms)
{
    double z = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        z = z + terms[i];
    return z;
}

static inline Py_ssize_t first_largest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t largest = 0;
    if (n == 0)
        *bad = 1;
    for (Py_ssize_t i = 1; i < n; i++)
        if (terms[i] > terms[largest])
            largest = i;
    return largest;
}

static inline double largest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t i = first_largest(n, terms, bad);
    return n ? terms[i] : 0.0;
}

static inline double smallest(Py_ssize_t n, const double *terms, int *bad)
{
    double z = n ? terms[0] : 0.0;
    if (n == 0)
        *bad = 1;
    for (Py_ssize_t i = 1; i < n; i++)
        if (terms[i] < z)
            z = terms[i];
    return z;
}

static inline double rest(Py_ssize_t n, const double *terms, int *bad)
{
    Py_ssize_t skipped = first_largest(n, terms, bad);
    double z = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (i != skipped)
            z = z + terms[i];
    return z;
}

static inline void others(Py_ssize_t n, const double *terms, double *sums)
{
    double before = 0.0, after = 0.0;
    for (Py_ssize_t i = n; i-- > 0;) {
        sums[i] = after;
        after = after + terms[i];
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        sums[i] = before + sums[i];
        before = before + terms[i];
    }
}

/* The exact sum, rounded once: Shewchuk's parts that do not overlap, smallest first, as in CPython's math.fsum. */
static inline double exact_sum(Py_ssize_t n, const double *terms, double *parts, int *bad)
{
    Py_ssize_t count = 0;
    double z = 0.0, low = 0.0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double x = terms[i];
        Py_ssize_t kept = 0;
        for (Py_ssize_t j = 0; j < count; j++) {
            double y = parts[j], sum = x + y;
            low = fabs(x) < fabs(y) ? x - (sum - y) : y - (sum - x);
            if (low != 0.0)
                parts[kept++] = low;
            x = sum;
        }
        count = kept;
        if (!isfinite(x)) {
            *bad = 1;
            return 0.0;
        }
        if (x != 0.0)
            parts[count++] = x;
    }
    if (count > 0)
        z = parts[--count];
    for (low = 0.0; count > 0 && low == 0.0;) {
        double x = z, y = parts[--count];
        z = x + y;
        low = y - (z - x);
    }
    if (count > 0 && ((low < 0.0 && parts[count - 1] < 0.0) || (low > 0.0 && parts[count - 1] > 0.0))) {
        double y = low * 2.0, x = z + y;             /* half way: what is left decides */
        if (y == x - z)
            z = x;
    }
    return z;
}
