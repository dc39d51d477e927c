package dev.coppice.train.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/** Frees the native memory of all that was made on this thread since it was opened, except for what is passed {@linkplain #out out}. */
public final class Scope implements AutoCloseable {

    private final PointerScope scope = new PointerScope();

    /** Hands {@code made} to the scope around this one, or, when there is none, to the caller, who frees it by {@link #free}. */
    public <P extends Pointer> P out(P made) {
        var scopes = PointerScope.getScopeIterator();
        scopes.next(); // this one
        if (scopes.hasNext()) {
            scopes.next().attach(made);
        } else {
            made.retainReference();
        }
        return made;
    }

    /** Keeps {@code made} alive after every scope, until {@link #free}. */
    public static <P extends Pointer> P keep(P made) {
        made.retainReference();
        return made;
    }

    /** Hands what was kept to the innermost scope of this thread; without one it stays kept. */
    static <P extends Pointer> P adopt(P kept) {
        var innermost = PointerScope.getInnerScope();
        if (innermost != null) {
            innermost.attach(kept);
            kept.releaseReference();
        }
        return kept;
    }

    /** Gives up what was kept. */
    public static void free(Pointer kept) {
        kept.releaseReference();
    }

    @Override
    public void close() {
        scope.close();
    }
}
