raise ImportError('not the numpy that you want')
