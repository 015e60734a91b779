"""Ways out of the watch's sight. What goes on there could not be seen, so taking one counts as a forbidden call."""

STARTS = ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system", "subprocess.Popen", "pty.spawn")
START = "_thread.start_new_thread"
PROFILE = "sys.setprofile"
BLINDFOLDS = ("torch.utils._python_dispatch._disable_current_modes", "torch._C._DisableTorchDispatch", "torch._C._pop_torch_dispatch_stack")
THREAD = "a thread beside it"
ESCAPES = (*STARTS, START, PROFILE)          # audit events
REPORTED = (*ESCAPES, *BLINDFOLDS, THREAD)    # what may be reported besides the names that an exercise forbids
